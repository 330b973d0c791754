"""Posts ready-made bodies over kept-alive connections, as fast as they are answered: `posting URL FILE CONNECTIONS`.

A process of its own, on bare sockets, so that what is measured is the server. Prints the seconds that it took.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit


async def post_all(url: str, bodies: list[str], connections: int) -> float:
    where = urlsplit(url)
    waiting = iter(bodies)

    async def work() -> None:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        for body in waiting:
            head = f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in answer.split(b"\r\n", 1)[0], answer
            length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(connections)))
    return time.perf_counter() - start


if __name__ == "__main__":
    address, file, count = sys.argv[1:]
    print(asyncio.run(post_all(address, json.loads(Path(file).read_text()), int(count))))
