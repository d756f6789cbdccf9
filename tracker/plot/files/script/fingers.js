// A finger rests nowhere: what it taps is told until the next touch, as if a mouse stayed there.
let tapped;
const move = (types, { clientX, clientY }) => types.forEach(type =>
  tapped?.dispatchEvent(new PointerEvent(type, { clientX, clientY, bubbles: true })));
const leave = event => {
  move(["pointerout", "mouseout"], event);
  tapped = undefined;
};
document.getElementById("plot").addEventListener("click", event => {
  if (event.pointerType === "mouse") return;
  tapped = event.target;
  move(["pointerover", "pointermove"], event);
});
addEventListener("pointerdown", leave, true);
// A drag that became a scroll of the page tells and selects nothing more.
addEventListener("pointercancel", event => {
  tapped = event.target;
  leave(event);
  dispatchEvent(new PointerEvent("pointerup"));
});
