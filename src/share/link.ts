/** What a link's fragment holds. */
export interface LinkSecret {
  /** 32 random bytes; everything else is derived from them. */
  readonly secret: Uint8Array<ArrayBuffer>;
}
