// The live view. A binary message is 16 bytes of head (sequence uint32, flags uint32, exposure in ms float64, big-endian) and a
// JPEG. Only the newest frame is drawn, and each is answered with its sequence. A picture of the past must never look live: a
// word of the camera's state, a lost connection or a second without a frame blanks the picture and all that was said of it.
const headSize = 16;
const staleAfter = 1000;

export function start(stage) {
  const canvas = stage.querySelector("canvas");
  const note = stage.querySelector("p"); // a status: what it says is spoken politely
  const button = document.querySelector("[data-capture]");
  const ofThePicture = document.querySelectorAll("[data-live]"); // advice, hint and meters
  const box = document.querySelector("[data-hint]");
  const context = canvas.getContext("2d", { alpha: false });
  const noPicture = note.textContent;
  let newest = null, drawing = false, wait = 250, socket = null;
  let hint = null; // what is said of the picture, once its script is here
  let why = noPicture; // why there is no picture, should none come
  let age = 0; // rises when all frames before are past
  let last = performance.now(); // the last sign of life

  // show says whether there is a live picture: the button works only then.
  function show(on) {
    stage.classList.toggle("showing", on);
    stage.classList.toggle("dark", !on);
    for (const said of ofThePicture) said.hidden = !on;
    if (button) button.setAttribute("aria-disabled", String(!on));
    if (!on) context.clearRect(0, 0, canvas.width, canvas.height);
    if (!on && hint) hint.clear();
  }

  function say(sentence, seen) {
    note.classList.toggle("hidden", !seen);
    if (!seen) note.classList.remove("asked");
    if (note.textContent !== sentence) note.textContent = sentence;
  }

  function lit() {
    last = performance.now();
    if (stage.classList.contains("showing")) return;
    show(true);
    say(note.dataset.showing, false);
  }

  function dark() {
    show(false);
    say(why, true);
  }

  // past forgets what has come so far.
  function past() {
    age++;
    if (newest) answer(newest);
    newest = null;
    last = performance.now();
    show(false);
  }

  function answer({ message, from }) {
    if (from.readyState === WebSocket.OPEN) from.send(message.slice(0, 4));
  }

  async function draw() {
    if (drawing) return;
    drawing = true;
    while (newest) {
      const frame = newest, born = age;
      newest = null;
      try {
        const picture = await createImageBitmap(new Blob([new Uint8Array(frame.message, headSize)], { type: "image/jpeg" }));
        if (born === age) paint(picture, new DataView(frame.message));
        picture.close();
      } catch {
        // A damaged frame is not drawn; if no other comes, the view darkens.
      }
      answer(frame);
    }
    drawing = false;
  }

  function paint(picture, head) {
    if (canvas.width !== picture.width || canvas.height !== picture.height) {
      canvas.width = picture.width;
      canvas.height = picture.height;
    }
    context.drawImage(picture, 0, 0);
    lit();
    stage.dispatchEvent(new CustomEvent("drawn", { detail: { sequence: head.getUint32(0), exposed: head.getFloat64(8) } }));
  }

  function told(word) {
    if (word.type === "state") {
      why = word.ready ? noPicture : word.sentence;
      past();
      if (!word.ready) dark();
    } else if (word.type === "hint") {
      if (hint && stage.classList.contains("showing")) hint.show(word); // of a picture that does not show nothing is said
    } else if (word.type === "press" && button && inFront()) {
      button.click(); // what a finger does: the same form, and nothing while there is no picture
    }
  }

  // A page behind another one watches nothing and gets no press: its patient may not be the one in the room.
  function inFront() { return document.visibilityState === "visible"; }

  // view is the kind of image that a press would take: what is said of the picture depends on it.
  function view() {
    const chosen = document.querySelector("[name=view]:checked");
    return chosen ? encodeURIComponent(chosen.value) : "";
  }

  // anew watches from the beginning, as another view: nothing of what was said for the one before stays.
  function anew() {
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
    socket = null;
    past();
    connect();
  }

  for (const choice of document.querySelectorAll("[name=view]")) choice.addEventListener("change", anew);
  if (box) import(box.dataset.hint).then((said) => { hint = said.start(box, stage); });

  document.addEventListener("visibilitychange", () => {
    if (inFront()) connect();
    else if (socket) socket.close();
  });

  function connect() {
    if (socket || !inFront()) return;
    const scheme = location.protocol === "https:" ? "wss://" : "ws://";
    const mine = new WebSocket(scheme + location.host + "/ws/preview" + (button ? "?capture=1&view=" + view() : ""));
    socket = mine;
    mine.binaryType = "arraybuffer";
    mine.onopen = () => { wait = 250; };
    mine.onmessage = (event) => {
      if (typeof event.data === "string") return told(JSON.parse(event.data));
      if (newest) answer(newest); // overtaken: off the wire, never drawn
      newest = { message: event.data, from: mine };
      draw();
    };
    mine.onclose = () => {
      socket = null;
      why = noPicture;
      past();
      dark();
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, 4000);
    };
  }

  // Without a picture the button says why it does nothing, once more for whoever only hears it.
  function explain() {
    note.textContent = "";
    dark();
    note.classList.add("asked");
  }

  if (button) button.addEventListener("click", (event) => {
    if (button.getAttribute("aria-disabled") !== "true") return;
    event.preventDefault();
    explain();
  });
  setInterval(() => {
    if (performance.now() - last <= staleAfter) return;
    if (stage.classList.contains("showing")) past(); // what is being decoded came before the silence
    dark();
  }, 100);
  dark();
  connect();
}
