// Reads raw yuv420p frames from standard input and writes one MP4: node encode.js ENCODER WIDTH HEIGHT FPS GOP QP OUT
"use strict";
const fs = require("node:fs");
const [encoderFile, width, height, fps, gop, qp, out] = process.argv.slice(2);
const encoders = require(encoderFile);

const frameBytes = (Number(width) * Number(height) * 3) / 2;

function readFrame(frame) {
  let have = 0;
  while (have < frameBytes) {
    let got = 0;
    try {
      got = fs.readSync(0, frame, have, frameBytes - have, null);
    } catch (error) {
      if (error.code === "EAGAIN") continue;
      throw error;
    }
    if (got === 0) return false;
    have += got;
  }
  return true;
}

async function main() {
  const encoder = await encoders.createH264MP4Encoder();
  encoder.width = Number(width);
  encoder.height = Number(height);
  encoder.frameRate = Number(fps);
  encoder.groupOfPictures = Number(gop);
  encoder.quantizationParameter = Number(qp);
  encoder.speed = 10;
  encoder.initialize();
  const frame = new Uint8Array(frameBytes);
  while (readFrame(frame)) encoder.addFrameYuv(frame);
  encoder.finalize();
  fs.writeFileSync(out, encoder.FS.readFile(encoder.outputFilename));
}

main().catch((error) => {
  process.stderr.write(`${error}\n`);
  process.exit(1);
});
