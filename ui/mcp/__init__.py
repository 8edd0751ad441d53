"""The MCP server: other programs' assistants ask, search and read the articles of a store."""
