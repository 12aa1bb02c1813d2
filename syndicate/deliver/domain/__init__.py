"""What DNS and the relay have to say of a domain for its mail to arrive: judged here, asked by `looking`."""
