"""What Ember's promises about its memory are tried with, on any disk: by its tests, by its benchmarks, by its owner.

    figures   what some trials came to
    kills     processes that write, killed -9 at random moments
    cuts      the write-ahead log, cut off at random lengths
    hostile   questions that nobody would ask
    races     many who write, read, supersede and forget at the same time
    speed     how long a durable write takes
    torture   all of them, for so many seconds: `ember doctor --torture`

Each trial makes a memory of its own in a folder that it is given, and nothing else.
"""
