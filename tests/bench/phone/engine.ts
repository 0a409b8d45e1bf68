/** An entry beside the app's own: the same engine module, within reach of the benchmark. Never part of the shipped build. */
import * as engine from "../../../pwa/src/engine/api";

Object.assign(globalThis, { engine });
