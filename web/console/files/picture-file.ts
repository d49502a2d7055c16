export const PICTURE_FILES = 'image/jpeg,image/png,image/webp,image/avif'

/** What a browser does not know is sent all the same: the server says by name what it is. */
const UNKNOWN = 'application/octet-stream'

/** A picture as requests carry it. */
export function pictureBody(file: File): Blob {
  return new Blob([file], { type: file.type.startsWith('image/') ? file.type : UNKNOWN })
}
