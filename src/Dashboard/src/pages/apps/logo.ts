import { Trouble } from '../../app/trouble';

/** The server's limit for the whole data address: a page that shows it gets it with the answer. */
const mostCharacters = 64 * 1024;

/** Tried in this order until one is small enough; the last always is. */
const tries = [
  { type: 'image/png', side: 256 }, { type: 'image/webp', side: 256 }, { type: 'image/png', side: 128 }, { type: 'image/png', side: 96 },
];

const notAPicture = new Trouble('not_a_picture', 'This file is no picture that browsers read. Choose a PNG, JPEG or WebP.');

/** As the server takes it: square, small, and drawn anew, so that nothing the camera or the program wrote beside the picture goes along. */
export async function readLogo(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file).catch(() => { throw notAPicture; });
  try {
    for (const { type, side } of tries) {
      const address = draw(picture, side).toDataURL(type, .9);
      if (address.length <= mostCharacters) return address;
    }
    throw notAPicture;
  } finally {
    picture.close();
  }
}

function draw(picture: ImageBitmap, side: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const scale = side / Math.max(picture.width, picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  canvas.getContext('2d')?.drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
  return canvas;
}
