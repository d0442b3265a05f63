"""The walk: people who sign in and live one story through the service, each step printed with its answer."""
