// What is said of the live picture: a word with its mark, one sentence, and meters. It holds for the newest frames alone, so it is
// cleared with the picture, and when no newer word comes. Colour is never the only sign.
const spokenEvery = 3000; // a voice that interrupts itself says nothing
const staleAfter = 2000;

export function start(box, stage) {
  const word = box.querySelector("[data-word]");
  const sentence = box.querySelector("[data-sentence]");
  const spoken = box.querySelector("[data-spoken]");
  const meters = [...document.querySelectorAll("[data-meters] [data-meter]")];
  let saying = "", spoke = -Infinity, speaking = 0, ending = 0;

  function clear() {
    clearTimeout(speaking);
    clearTimeout(ending);
    speaking = 0;
    delete box.dataset.verdict;
    delete stage.dataset.verdict;
    saying = word.textContent = sentence.textContent = spoken.textContent = "";
    for (const meter of meters) draw(meter, null);
  }

  function draw(meter, reading) {
    meter.hidden = !reading;
    meter.classList.toggle("bad", Boolean(reading) && !reading.good);
    meter.querySelector("[data-word]").textContent = reading ? reading.word : "";
    meter.querySelector(".bar span").style.width = reading ? Math.round(100 * reading.share) + "%" : "0";
  }

  // say has a reader say what stands here now, soon, and not more often than it can be listened to.
  function say(all) {
    if (all === saying) return;
    saying = all;
    if (speaking) return;
    speaking = setTimeout(() => {
      speaking = 0;
      spoke = performance.now();
      spoken.textContent = saying;
    }, Math.max(0, spoke + spokenEvery - performance.now()));
  }

  function show(hint) {
    if (!hint.known) return clear();
    const verdict = hint.pass ? "good" : hint.hard ? "poor" : "soft";
    const advice = hint.pass ? box.dataset.press : hint.sentence;
    box.dataset.verdict = stage.dataset.verdict = verdict;
    if (word.textContent !== box.dataset[verdict]) word.textContent = box.dataset[verdict];
    if (sentence.textContent !== advice) sentence.textContent = advice;
    for (const meter of meters) draw(meter, hint.meters.find((m) => m.name === meter.dataset.meter));
    say(word.textContent + ". " + advice);
    clearTimeout(ending);
    ending = setTimeout(clear, staleAfter);
  }

  clear();
  return { show, clear };
}
