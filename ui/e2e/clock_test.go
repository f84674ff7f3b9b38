package e2e

// held is a script that holds a page's clock and its timers before any other of the page runs, so that a slow machine cannot change how
// much time passes between two things: only step moves it.
const held = `(() => {
	const timers = new Map();
	let now = 0, made = 0;
	performance.now = () => now;
	window.setTimeout = (run, wait = 0) => { timers.set(++made, { run, due: now + wait }); return made; };
	window.clearTimeout = (id) => { timers.delete(id); };
	window.step = (most) => {
		const [id, next] = [...timers].reduce((first, t) => t[1].due < first[1].due ? t : first, [0, { due: now + most, run() {} }]);
		timers.delete(id);
		now = next.due;
		next.run();
		return true;
	};
})()`

// step is the script that moves a held clock to the next timer that is due within so many milliseconds, and runs it; without one it moves
// by all of them. What that timer changed is seen at its own time, before the next step.
func step(most string) string { return `window.step(` + most + `)` }
