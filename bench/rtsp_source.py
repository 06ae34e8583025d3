"""``python -m bench.rtsp_source COUNT CLIP...``: so many cameras of each clip; their URLs as JSON."""

import asyncio
import json
import sys
from pathlib import Path
from threading import Event

from sereno.core.clock import SystemClock
from sereno.runtime.process import stop_on_signals
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.server import Mount, RtspServer, serve


async def main(count: int, clips: list[Path], stop: Event) -> None:
    loaded = [load_clip(clip) for clip in clips]
    mounts = [
        Mount(path=f"{path.stem}-{number}", clip=clip, phase_s=number * 10 / count)
        for path, clip in zip(clips, loaded, strict=True)
        for number in range(count)
    ]
    server = RtspServer(mounts, SystemClock())
    serving = asyncio.create_task(serve(server, stop))
    while not server.port and not serving.done():
        await asyncio.sleep(0.01)
    print(json.dumps([server.url(mount.path) for mount in mounts]), flush=True)
    await serving


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), [Path(each) for each in sys.argv[2:]], stop_on_signals()))
