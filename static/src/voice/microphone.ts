// The microphone, opened by a click: how loud it is, and pieces of what somebody said. Nothing is kept.
import { t } from "../i18n.ts";
import { Gate } from "./gate.ts";

const LOOK = 50; // ms
const FRESH = 2000; // ms of room that come before the words at most
const LONGEST = 60_000; // ms of one piece: whoever speaks on speaks in the next one
const FORMS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export interface Listener {
  level(level: number, speaks: boolean): void;
  begun(): void;
  /** What was said from a silence to the next. */
  piece(sound: Blob): void;
}

export class Microphone {
  readonly gate: Gate;
  #listener: Listener;
  #stream: MediaStream | null = null;
  #context: AudioContext | null = null;
  #recorder: MediaRecorder | null = null;
  #recording = 0;
  #timer = 0;
  #closed = false;

  constructor(listener: Listener, silence: number) {
    this.#listener = listener;
    this.gate = new Gate(silence);
  }

  /** Asks for the permission. Raises an Error with a sentence. */
  async open(): Promise<void> {
    if (!navigator.mediaDevices || typeof MediaRecorder === "undefined") throw new Error(t("Browsers give the microphone only to sites with https, and this one has none."));
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
    } catch (error) {
      const lacks = error instanceof DOMException && error.name === "NotFoundError";
      throw new Error(lacks ? t("There is no microphone.") : t("The microphone may not be used. Allow it for this site in your browser's settings."));
    }
    if (this.#closed) return this.#release();
    this.#context = new AudioContext();
    const analyser = this.#context.createAnalyser();
    this.#context.createMediaStreamSource(this.#stream).connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    this.#record();
    this.#timer = window.setInterval(() => {
      analyser.getFloatTimeDomainData(wave);
      this.#look(Math.sqrt(wave.reduce((sum, value) => sum + value * value, 0) / wave.length));
    }, LOOK);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    if (this.#recorder?.state === "recording") this.#recorder.stop();
    this.#recorder = null;
    void this.#context?.close();
    this.#context = null;
    this.#release();
  }

  #release(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }

  #look(level: number): void {
    const now = performance.now();
    const turn = this.gate.feed(level, now);
    this.#listener.level(level, this.gate.open);
    if (turn === "begun") this.#listener.begun();
    else if (turn === "over" || (this.gate.open && now - this.#recording > LONGEST)) this.#record(true);
    // What nobody said is thrown away again and again.
    else if (!this.gate.open && now - this.#recording > FRESH) this.#record();
  }

  #record(wanted = false): void {
    const before = this.#recorder;
    if (before?.state === "recording") {
      before.ondataavailable = ({ data }) => wanted && !this.#closed && data.size && this.#listener.piece(data);
      before.stop();
    }
    if (!this.#stream || this.#closed) return;
    const form = FORMS.find((one) => MediaRecorder.isTypeSupported(one));
    this.#recorder = new MediaRecorder(this.#stream, { ...(form ? { mimeType: form } : {}), audioBitsPerSecond: 48_000 });
    this.#recorder.start();
    this.#recording = performance.now();
  }
}
