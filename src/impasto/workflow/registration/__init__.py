"""Registration of a case's images: its steps, their acceptance and their page."""
