"""One page for the moment when something is wrong. Everything but `ssh` also runs on a monitor server, without the rest
of colonnade: `model`, `visual` and `observe.status` are all it needs of it."""
