"""The world's doors, one folder each. An adapter translates between its platform and Ember's records, and decides
nothing; `bot/channel.py` is the port that all of them implement."""
