"""A server made with the official SDK, of its first or its second generation."""

import asyncio
import os
import sys

try:
    from mcp.server.mcpserver import Context, MCPServer

    server = MCPServer("sums", log_level="ERROR")
except ImportError:
    from mcp.server.fastmcp import Context, FastMCP

    server = FastMCP("sums", log_level="ERROR")

try:
    from mcp.types import ToolAnnotations
except ImportError:
    from mcp_types import ToolAnnotations

try:
    READ_ONLY = ToolAnnotations(read_only_hint=True)
    assert READ_ONLY.model_dump(by_alias=True)["readOnlyHint"]
except (AssertionError, TypeError, ValueError):
    READ_ONLY = ToolAnnotations(readOnlyHint=True)


@server.tool(annotations=READ_ONLY)
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def surroundings() -> str:
    """Tells the folder and the names of the environment."""
    return "\n".join([os.getcwd(), *sorted(os.environ)])


@server.tool()
async def count(steps: int, ctx: Context) -> str:
    """Counts slowly."""
    for step in range(steps):
        await ctx.report_progress(step + 1, steps, f"step {step + 1}")
        await asyncio.sleep(0.2)
    return "counted"


@server.tool()
def fail() -> str:
    """Fails."""
    raise ValueError("it does not work")


@server.tool()
def large(letters: int) -> str:
    """Says much."""
    return "a" * letters


@server.tool()
def die() -> str:
    """Ends the server."""
    print("I fell over the cable", file=sys.stderr, flush=True)
    os._exit(3)


if len(sys.argv) > 1:
    import uvicorn

    config = uvicorn.Config(
        server.streamable_http_app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="error"
    )
    uvicorn.Server(config).run()
else:
    server.run("stdio")
