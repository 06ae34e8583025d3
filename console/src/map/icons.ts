/** The map's symbols, drawn here at twice their size so that nothing is fetched. */

import type { ConeState } from "./cones.ts";

const SIZE = 48;

const CAMERA: Record<ConeState, { fill: string; mark: "" | "!" | "×" | "–" | "…" }> = {
  alert: { fill: "#ff5f56", mark: "!" },
  recording: { fill: "#62cf95", mark: "" },
  connecting: { fill: "#8fa1b0", mark: "…" },
  paused: { fill: "#ffab4a", mark: "–" },
  lost: { fill: "#ffab4a", mark: "×" },
  off: { fill: "#5d6e7c", mark: "–" },
};

export function icons(): Map<string, ImageData> {
  const made = new Map<string, ImageData>();
  for (const [state, { fill, mark }] of Object.entries(CAMERA)) {
    made.set(`camera-${state}`, painted((pen) => camera(pen, fill, mark)));
  }
  made.set("oneway", painted(arrow));
  made.set("place", painted(dot));
  return made;
}

function painted(paint: (pen: CanvasRenderingContext2D) => void): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("This browser has no 2D canvas.");
  paint(pen);
  return pen.getImageData(0, 0, SIZE, SIZE);
}

function camera(pen: CanvasRenderingContext2D, fill: string, mark: string): void {
  pen.beginPath();
  pen.arc(24, 24, 19, 0, 2 * Math.PI);
  pen.fillStyle = "#0b1015";
  pen.fill();
  pen.lineWidth = 4;
  pen.strokeStyle = fill;
  pen.stroke();
  pen.fillStyle = fill;
  if (mark) {
    pen.font = "bold 30px sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(mark, 24, 25);
    return;
  }
  pen.fillRect(12, 17, 16, 14);
  pen.beginPath();
  pen.moveTo(30, 22);
  pen.lineTo(37, 17);
  pen.lineTo(37, 31);
  pen.lineTo(30, 26);
  pen.fill();
}

function arrow(pen: CanvasRenderingContext2D): void {
  pen.strokeStyle = "#a7b6c3";
  pen.lineWidth = 4;
  pen.lineCap = "round";
  pen.beginPath();
  pen.moveTo(8, 24);
  pen.lineTo(38, 24);
  pen.moveTo(29, 16);
  pen.lineTo(39, 24);
  pen.lineTo(29, 32);
  pen.stroke();
}

function dot(pen: CanvasRenderingContext2D): void {
  pen.beginPath();
  pen.arc(24, 24, 7, 0, 2 * Math.PI);
  pen.fillStyle = "#d6c79c";
  pen.fill();
  pen.lineWidth = 3;
  pen.strokeStyle = "#0b1015";
  pen.stroke();
}
