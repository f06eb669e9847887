"""What follows from the declarations of `entities`: headings, payloads, templates, documentation."""
