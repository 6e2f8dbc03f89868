"""What the commands do, one file each; `twin.cli` holds their words and options."""
