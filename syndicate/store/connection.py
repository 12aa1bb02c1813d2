"""The connection that store functions take, for use cases that put several of them into one transaction."""

from sqlalchemy import Connection

__all__ = ["Connection"]
