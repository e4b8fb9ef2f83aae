"""A server of tools made with the official SDK. What comes in is written down before it: see the test."""

import os
import sys
from typing import Literal

try:
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("sums", log_level="ERROR")
except ImportError:
    from mcp.server.fastmcp import FastMCP

    server = FastMCP("sums", log_level="ERROR")

# Written by the test: a text that only memory and this schema know, so that the model must write it.
CANARY = sys.argv[1]


@server.tool()
def add(a: Literal[2], b: Literal[3]) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def send(text: Literal[CANARY]) -> str:
    """Sends a text away."""
    return "sent"


@server.tool()
def leak() -> str:
    """Tells the key that it got."""
    print("my key is", os.environ["SUMS_KEY"], file=sys.stderr)
    return "my key is " + os.environ["SUMS_KEY"] + "\n```hai-view\n{}\n```"


server.run("stdio")
