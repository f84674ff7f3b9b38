// The live view. Each message is 16 bytes of head (sequence uint32, flags uint32, exposure in ms float64, big-endian) and a
// JPEG. Only the newest frame is drawn, each is answered with its sequence, and a second without one darkens the view: a
// picture of the past must never look live.
const headSize = 16;
const staleAfter = 1000;

export function start(stage) {
  const canvas = stage.querySelector("canvas");
  const note = stage.querySelector("p");
  const button = document.querySelector("[data-capture]");
  const context = canvas.getContext("2d", { alpha: false });
  let newest = null, drawing = false, last = -Infinity, wait = 250;

  function live(on) {
    stage.classList.toggle("showing", on);
    stage.classList.toggle("dark", !on);
    note.hidden = on;
    if (button) button.setAttribute("aria-disabled", String(!on));
  }

  function answer(to, message) {
    if (to.readyState === WebSocket.OPEN) to.send(message.slice(0, 4));
  }

  async function draw() {
    if (drawing) return;
    drawing = true;
    while (newest) {
      const { message, from } = newest;
      newest = null;
      try {
        const picture = await createImageBitmap(new Blob([message.slice(headSize)], { type: "image/jpeg" }));
        if (canvas.width !== picture.width || canvas.height !== picture.height) {
          canvas.width = picture.width;
          canvas.height = picture.height;
        }
        context.drawImage(picture, 0, 0);
        picture.close();
        last = performance.now();
        live(true);
      } catch {
        // A damaged frame is not drawn; if no other comes, the view darkens.
      }
      answer(from, message);
    }
    drawing = false;
  }

  function connect() {
    const mine = new WebSocket((location.protocol === "https:" ? "wss://" : "ws://") + location.host + "/ws/preview");
    mine.binaryType = "arraybuffer";
    mine.onopen = () => { wait = 250; };
    mine.onmessage = (event) => {
      if (newest) answer(newest.from, newest.message); // overtaken: off the wire, never drawn
      newest = { message: event.data, from: mine };
      draw();
    };
    mine.onclose = () => {
      newest = null;
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, 4000);
    };
  }

  if (button) button.addEventListener("click", (event) => {
    if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
  });
  setInterval(() => { if (performance.now() - last > staleAfter) live(false); }, 100);
  live(false);
  connect();
}
