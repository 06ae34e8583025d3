/** Where pictures that we decoded ourselves are shown. */

export interface Surface {
  /** Takes the picture over and closes it. */
  show: (picture: VideoFrame) => void;
  close: () => void;
}

/** A track that pictures are written to; Chromium's, not yet in the library's types. */
interface PictureTrack extends MediaStreamTrack {
  readonly writable: WritableStream<VideoFrame>;
}
type PictureTrackMaker = new (wish: { kind: "video" }) => PictureTrack;
const TrackMaker = (globalThis as { MediaStreamTrackGenerator?: PictureTrackMaker }).MediaStreamTrackGenerator;

/** Whether a video element shows what we decoded: it is composed as any other video, at a fraction of a canvas's cost. */
export const drawsOnVideo = TrackMaker !== undefined;

export function videoSurface(video: HTMLVideoElement): Surface {
  if (!TrackMaker) throw new TypeError("this browser makes no tracks");
  const track = new TrackMaker({ kind: "video" });
  const writer = track.writable.getWriter();
  video.srcObject = new MediaStream([track]);
  void video.play().catch(() => undefined);
  return {
    show: (picture) => void writer.write(picture).catch(() => picture.close()),
    close: () => {
      track.stop();
      video.srcObject = null;
    },
  };
}

/** Only the newest picture is drawn, when the screen is: drawing each would let them queue up before a slow screen. */
export function canvasSurface(canvas: HTMLCanvasElement): Surface {
  const context = canvas.getContext("2d", { alpha: false });
  let newest: VideoFrame | null = null;
  let due = 0;
  const draw = (): void => {
    due = 0;
    if (!newest) return;
    if (canvas.width !== newest.displayWidth) canvas.width = newest.displayWidth;
    if (canvas.height !== newest.displayHeight) canvas.height = newest.displayHeight;
    context?.drawImage(newest, 0, 0, canvas.width, canvas.height);
    newest.close();
    newest = null;
  };
  return {
    show: (picture) => {
      newest?.close();
      newest = picture;
      due ||= requestAnimationFrame(draw);
    },
    close: () => {
      cancelAnimationFrame(due);
      newest?.close();
      newest = null;
    },
  };
}
