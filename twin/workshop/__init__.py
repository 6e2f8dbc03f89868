"""Projects as people work on them: a shelf of files, what comes in from outside, what is copied and changed."""
