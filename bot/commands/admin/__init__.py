"""Commands for admins: each theme is a class; the catalogue has checked the rank and writes the audit log.

settings        what may be changed while Ember runs
capabilities    what is on, where
agents          who Ember is, where
prompts         what Ember is told, every version of it
figures         how much is said, by how many, and what is kept; never what
records         the log's worst lines, and what admins did
work            the queue, and backups
"""
