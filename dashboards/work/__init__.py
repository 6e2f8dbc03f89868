"""Long work behind the pages: each piece is a command line of `twin`, in a process of its own."""
