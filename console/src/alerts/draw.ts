/** Draws the region, the track and the box of an alert over its picture. */

import type { Box, Line, Point, Zone } from "../state/model.ts";

export interface Drawing {
  region: Zone | Line | null;
  directed: boolean;
  path: readonly Point[];
  box: Box | null;
  plate: Box | null;
  label: string;
}

const REGION = "#f4bd50";
const TRACK = "#6cc0ff";
const BOX = "#ff7a70";

export function draw(canvas: HTMLCanvasElement, drawing: Drawing): void {
  const ratio = window.devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const place = (point: Point): [number, number] => [point.x * width, point.y * height];
  if (drawing.region) drawRegion(pen, drawing.region, drawing.directed, place);
  if (drawing.path.length > 1) stroke(pen, drawing.path.map(place), TRACK, 2, false);
  if (drawing.box) drawBox(pen, drawing.box, drawing.label, width, height);
}

function drawRegion(
  pen: CanvasRenderingContext2D,
  region: Zone | Line,
  directed: boolean,
  place: (point: Point) => [number, number],
): void {
  pen.setLineDash([7, 5]);
  if ("corners" in region) {
    const corners = region.corners.map(place);
    stroke(pen, corners, REGION, 1.5, true);
    pen.fillStyle = "rgb(244 189 80 / 10%)";
    pen.fill();
    pen.setLineDash([]);
    return;
  }
  const [start, end] = [place(region.start), place(region.end)];
  pen.setLineDash([]);
  stroke(pen, [start, end], REGION, 2.5, false);
  if (directed) arrowHead(pen, start, end);
}

function stroke(
  pen: CanvasRenderingContext2D,
  points: readonly [number, number][],
  colour: string,
  width: number,
  closed: boolean,
): void {
  pen.beginPath();
  points.forEach(([x, y], index) => (index === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
  if (closed) pen.closePath();
  pen.lineJoin = "round";
  pen.strokeStyle = "rgb(5 8 11 / 70%)";
  pen.lineWidth = width + 2;
  pen.stroke();
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
}

function arrowHead(pen: CanvasRenderingContext2D, [x0, y0]: [number, number], [x1, y1]: [number, number]): void {
  const turn = Math.atan2(y1 - y0, x1 - x0);
  const wing = (by: number): [number, number] => [x1 - 14 * Math.cos(turn + by), y1 - 14 * Math.sin(turn + by)];
  stroke(pen, [wing(0.45), [x1, y1], wing(-0.45)], REGION, 2.5, false);
}

function drawBox(pen: CanvasRenderingContext2D, box: Box, label: string, width: number, height: number): void {
  const [x, y] = [box.left * width, box.top * height];
  const [w, h] = [(box.right - box.left) * width, (box.bottom - box.top) * height];
  stroke(
    pen,
    [
      [x, y],
      [x + w, y],
      [x + w, y + h],
      [x, y + h],
    ],
    BOX,
    2,
    true,
  );
  pen.font = "600 12px system-ui, sans-serif";
  const textWidth = pen.measureText(label).width;
  const top = y > 20 ? y - 19 : y + h + 3;
  pen.fillStyle = "rgb(11 16 21 / 85%)";
  pen.fillRect(x - 1, top, textWidth + 10, 17);
  pen.fillStyle = "#ffd9d6";
  pen.fillText(label, x + 4, top + 12.5);
}
