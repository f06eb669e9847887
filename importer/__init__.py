"""Bring spreadsheets of course sections and lessons into Nexudus, with an answer on every row.

`pipeline.check`, `pipeline.plan` and `pipeline.run` are the commands; `settings.read_settings` makes their
settings. Everything that the command line does is a call of these.
"""
