/** Answers of /api/labels. Lengths are millimetres. */
export interface Layout {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  readonly left: number;
  readonly top: number;
  readonly gap_x: number;
  readonly gap_y: number;
  readonly page_width: number;
  readonly page_height: number;
}

export interface Given {
  readonly batch: string;
  readonly labels: readonly { token: string; made: boolean; asset: string | null; code: string | null; reason: string | null }[];
}
