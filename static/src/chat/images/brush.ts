// Painting over a picture: white strokes on a canvas of the picture's own size. Knows the canvas and nothing else.

export interface Point {
  x: number;
  y: number;
}

type Stroke = { width: number; points: Point[] };

export class Brush {
  width = 48;
  #canvas: HTMLCanvasElement;
  #strokes: Stroke[] = [];
  #drawing = false;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  get empty(): boolean {
    return this.#strokes.length === 0;
  }

  begin(event: PointerEvent): void {
    this.#canvas.setPointerCapture(event.pointerId);
    this.#drawing = true;
    this.#strokes.push({ width: this.#inPicture(this.width), points: [this.#at(event)] });
    this.#paint();
  }

  move(event: PointerEvent): void {
    if (!this.#drawing) return;
    this.#strokes.at(-1)?.points.push(this.#at(event));
    this.#paint();
  }

  end(): void {
    this.#drawing = false;
  }

  undo(): void {
    this.#strokes.pop();
    this.#paint();
  }

  /** The mask: white where it was painted over, black elsewhere. */
  mask(): Promise<Blob | null> {
    const canvas = document.createElement("canvas");
    canvas.width = this.#canvas.width;
    canvas.height = this.#canvas.height;
    const paper = canvas.getContext("2d");
    if (paper) {
      paper.fillStyle = "black";
      paper.fillRect(0, 0, canvas.width, canvas.height);
      this.#strokesOn(paper, "white");
    }
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }

  #paint(): void {
    const paper = this.#canvas.getContext("2d");
    if (!paper) return;
    paper.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#strokesOn(paper, getComputedStyle(this.#canvas).color);
  }

  #strokesOn(paper: CanvasRenderingContext2D, colour: string): void {
    paper.strokeStyle = colour;
    paper.lineCap = paper.lineJoin = "round";
    for (const { width, points } of this.#strokes) {
      paper.lineWidth = width;
      paper.beginPath();
      const [first, ...rest] = points;
      if (!first) continue;
      paper.moveTo(first.x, first.y);
      // A point alone is a dot: a line of no length is drawn as one.
      for (const { x, y } of rest.length ? rest : [first]) paper.lineTo(x, y);
      paper.stroke();
    }
  }

  #at(event: PointerEvent): Point {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return { x: this.#inPicture(event.clientX - left), y: this.#inPicture(event.clientY - top) };
  }

  /** From pixels of the screen to those of the picture. */
  #inPicture(length: number): number {
    return (length * this.#canvas.width) / (this.#canvas.getBoundingClientRect().width || 1);
  }
}
