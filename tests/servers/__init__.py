"""Protocol-true servers for tests: they run in the test's own event loop, on port 0, without a thread or a sleep."""
