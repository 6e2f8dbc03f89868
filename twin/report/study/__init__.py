"""Documents of a retrofit study: one content, set as HTML, Word and PDF, in Chinese and English."""
