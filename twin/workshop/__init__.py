"""Projects as people work on them: a shelf of files, and what comes in from outside."""
