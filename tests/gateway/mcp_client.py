"""The official SDK as a client of `hai-net mcp`: argv[1] is what it does, argv[2:] is the command."""

import asyncio
import json
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


def text_of(result):
    failed = getattr(result, "isError", None)
    if failed is None:
        failed = result.is_error
    return {"failed": bool(failed), "text": "\n".join(part.text for part in result.content)}


async def main():
    what, command = sys.argv[1], sys.argv[2:]
    parameters = StdioServerParameters(command=command[0], args=command[1:], env=dict(os.environ))
    async with stdio_client(parameters) as (read, write):
        async with ClientSession(read, write) as session:
            greeted = await session.initialize()
            if what == "all":
                listed = await session.list_tools()
                said = {
                    "version": getattr(greeted, "protocolVersion", None) or greeted.protocol_version,
                    "tools": sorted(tool.name for tool in listed.tools),
                    "status": text_of(await session.call_tool("status", {})),
                    "chat": text_of(await session.call_tool("chat", {"text": "Say hello."})),
                    "empty": text_of(await session.call_tool("chat", {"text": " "})),
                    "nothing": text_of(await session.call_tool("memory_search", {"query": "zzz"})),
                }
            else:
                said = text_of(await session.call_tool("memory_search", {"query": what}))
    print(json.dumps(said))


asyncio.run(main())
