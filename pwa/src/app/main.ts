import { mount } from "svelte";
import "./base.css";
import App from "./App.svelte";
import { startRouter } from "./router";
import { startTheme } from "./theme";
import { startUpdates } from "./update";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app");

startTheme();
startRouter();
mount(App, { target });
void startUpdates();
