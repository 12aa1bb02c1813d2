"""The hub that tells subscribers of news in our feeds (W3C WebSub, https://www.w3.org/TR/websub/)."""
