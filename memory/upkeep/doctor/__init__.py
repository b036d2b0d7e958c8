"""What is wrong with a memory, in plain words, and what mends it.

doctor     examines a data directory, and mends in it
findings   what a check says
content    what the database holds
copies     the backups that are there
machine    the library, the disk and the folder that it stands on
"""
