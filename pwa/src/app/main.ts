import { mount } from "svelte";
import "./base.css";
import { start } from "../engine/api";
import App from "./App.svelte";
import { startInstall } from "./install";
import { place, startRouter } from "./router";
import { hasScreen, loadScreen } from "./screens";
import StartFailed from "./StartFailed.svelte";
import { startTheme } from "./theme";
import { startUpdates } from "./update";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app");

startTheme();
startInstall();
startRouter();
void startUpdates();
// The first screen's files come while the store opens, not after it.
const first = place().match?.name;
if (first && hasScreen(first)) loadScreen(first).catch(() => undefined);
start().then(
  () => mount(App, { target }),
  (error: unknown) => {
    console.error(error);
    mount(StartFailed, { target, props: { error } });
  },
);
