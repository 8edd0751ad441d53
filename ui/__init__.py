"""What people touch: the command line (ui/cli.py) and the chat page (ui/page.py)."""
