import { mount } from "svelte";
import "./base.css";
import { start } from "../engine/api";
import App from "./App.svelte";
import { startInstall } from "./install";
import { startRouter } from "./router";
import StartFailed from "./StartFailed.svelte";
import { startTheme } from "./theme";
import { startUpdates } from "./update";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app");

startTheme();
startInstall();
startRouter();
void startUpdates();
start().then(
  () => mount(App, { target }),
  (error: unknown) => {
    console.error(error);
    mount(StartFailed, { target, props: { error } });
  },
);
