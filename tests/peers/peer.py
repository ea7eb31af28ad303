"""A WebRTC peer of other hands (aiortc) that takes part in a fair through the same signaling.

    peer.py student|interviewer WS_URL ORIGIN BOOTH      (the join token on standard input)

The student applies at the booth, answers the call and talks; the interviewer accepts, calls,
starts and talks. Each prints one JSON object once it has decoded enough of the other's media:
{"frames": .., "audio_frames": .., "mean": [r, g, b]}. Then it obeys lines on its standard input:
"more" decodes as much anew and prints it, "end" ends the interview; the end of the input ends the
peer.
"""
import asyncio
import json
import sys

import numpy
from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack, AudioStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame
import websockets

ENOUGH_VIDEO = 30
ENOUGH_AUDIO = 50
PATIENCE_S = 60
COLOURS = {"student": (200, 20, 20), "interviewer": (20, 20, 200)}
DEVICE_TEST = {
    "camera": True, "microphone": True, "speaker": True,
    "network": "excellent", "rtt_ms": 1, "loss_permille": 0,
}


class Colour(VideoStreamTrack):
    """A still picture in one colour."""

    def __init__(self, rgb):
        super().__init__()
        self.pixels = numpy.full((180, 320, 3), rgb, dtype=numpy.uint8)

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame.from_ndarray(self.pixels, format="rgb24")
        frame.pts, frame.time_base = pts, time_base
        return frame


class Live:
    """The WebSocket: requests with their answers, everything else to `on`."""

    def __init__(self, socket, on):
        self.socket, self.on, self.next, self.pending = socket, on, 1, {}

    async def ask(self, body):
        number, self.next = self.next, self.next + 1
        answer = asyncio.get_running_loop().create_future()
        self.pending[number] = answer
        await self.socket.send(json.dumps({"id": number, "body": body}))
        return await answer

    async def listen(self):
        async for text in self.socket:
            frame = json.loads(text)
            answer = self.pending.pop(frame.get("re"), None)
            if answer is not None:
                answer.set_result(frame["body"])
            else:
                self.on(frame["body"])


class Peer:
    """One person with one connection and one call."""

    def __init__(self, role, booth):
        self.role, self.booth = role, booth
        self.connection = RTCPeerConnection()
        self.frames = self.audio_frames = 0
        self.mean = None
        self.enough = asyncio.Event()
        self.steps = set()
        self.live = None
        self.call = None
        self.tasks = []

    async def connect_media(self):
        pc = self.connection
        # One m-line each, both ways: aiortc 1.16 leaves a second video m-line on a transport of
        # its own when the first m-line of the bundle is audio.
        pc.addTrack(AudioStreamTrack())
        pc.addTrack(Colour(COLOURS[self.role]))

        @pc.on("track")
        def on_track(track):
            self.tasks.append(asyncio.ensure_future(self.count(track)))

        await pc.setLocalDescription(await pc.createOffer())
        answer = await self.live.ask({"type": "media_offer", "sdp": pc.localDescription.sdp})
        if answer["type"] != "media_answer":
            raise SystemExit(f"the offer was not answered: {answer}")
        await pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))

    async def count(self, track):
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:  # the connection ended
                return
            if track.kind == "video":
                self.frames += 1
                pixels = frame.to_ndarray(format="rgb24")
                self.mean = [float(v) for v in pixels.mean(axis=(0, 1))]
            else:
                self.audio_frames += 1
            if self.frames >= ENOUGH_VIDEO and self.audio_frames >= ENOUGH_AUDIO:
                self.enough.set()

    def once(self, step, body):
        """Sends a request the first time that `step` comes up."""
        if step in self.steps:
            return
        self.steps.add(step)

        async def send():
            answer = await self.live.ask(body)
            if answer["type"] == "refused":
                # Nobody is callable in the first moment, say: try again until the patience ends.
                print(f"{step} was refused: {answer['code']}", file=sys.stderr)
                await asyncio.sleep(0.5)
                self.steps.discard(step)
                self.once(step, body)

        self.tasks.append(asyncio.ensure_future(send()))

    def on(self, body):
        kind = body["type"]
        if kind == "call":
            self.call = body["call"]["call"]
        if self.role == "student" and kind in ("entry", "student"):
            entries = [body["entry"]] if kind == "entry" else body["entries"]
            for entry in entries:
                if entry["booth"] == self.booth and entry["stage"] == "called":
                    self.once("ready", {"type": "ready", "entry": entry["entry"]})
        if self.role == "interviewer" and kind in ("queue", "booth"):
            for row in body["rows"]:
                entry, stage = row["entry"], row["stage"]
                if stage == "applied":
                    self.once("accept", {"type": "accept", "entry": entry})
                elif stage == "waiting":
                    self.once("call", {"type": "call_next"})
                elif stage == "ready":
                    self.once("start", {"type": "start", "entry": entry})

    async def run(self, url, origin, token):
        async with websockets.connect(url, origin=origin, max_size=None) as socket:
            self.live = Live(socket, self.on)
            page = {"student": "queues", "interviewer": "room"}[self.role]
            listening = asyncio.ensure_future(self.live.listen())
            welcome = await self.live.ask(
                {"type": "hello", "version": 2, "token": token, "page": page})
            if welcome["type"] != "welcome":
                raise SystemExit(f"not welcome: {welcome}")
            await self.connect_media()
            if self.role == "student":
                await self.live.ask({"type": "device_test", "report": DEVICE_TEST})
                applied = await self.live.ask({"type": "apply", "booth": self.booth})
                if applied["type"] != "applied":
                    raise SystemExit(f"not applied: {applied}")
            await self.report()
            # Stay until the test has heard from the other one, too.
            while line := await asyncio.get_running_loop().run_in_executor(
                    None, sys.stdin.readline):
                if line.strip() == "more":
                    self.frames = self.audio_frames = 0
                    self.enough.clear()
                    await self.report()
                elif line.strip() == "end":
                    answer = await self.live.ask({"type": "end", "call": self.call})
                    if answer["type"] != "done":
                        raise SystemExit(f"not ended: {answer}")
            listening.cancel()
            await self.connection.close()

    async def report(self):
        """Waits for enough pictures and sounds and prints them."""
        try:
            await asyncio.wait_for(self.enough.wait(), PATIENCE_S)
        except asyncio.TimeoutError:
            raise SystemExit(
                f"{self.role}: {self.frames} pictures, {self.audio_frames} sounds, steps "
                f"{sorted(self.steps)}, connection {self.connection.connectionState}"
            ) from None
        print(json.dumps({
            "frames": self.frames, "audio_frames": self.audio_frames, "mean": self.mean,
        }), flush=True)


async def main():
    role, url, origin, booth = sys.argv[1:5]
    token = sys.stdin.readline().strip()
    await Peer(role, booth).run(url, origin, token)


asyncio.run(main())
