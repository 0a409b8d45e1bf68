"""The commands of the console script `sitebook`, one file each: `<name>.py` with a click command called `command`.

A file appears as a command by being here. Its work is registered with `server.control.work` and done through
`server.cli.ask`, so that it goes through a running server by itself.
"""
