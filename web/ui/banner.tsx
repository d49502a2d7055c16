export interface BannerFace {
  readonly title: string
  readonly text: string
  readonly tone: 'green' | 'amber' | 'rose' | 'blue'
  /** Its picture in several sizes; without one a shape is drawn. */
  readonly picture: { readonly address: string; readonly sizes: string } | null
}

/** What a banner looks like, in the shop and where the merchant writes it. The picture says nothing the words do not. */
export function BannerCard({ banner: { title, text, tone, picture } }: { banner: BannerFace }) {
  return (
    <span className={`banner banner-${tone}`}>
      <span className="banner-words">
        <strong>{title}</strong>
        <span>{text}</span>
      </span>
      {picture === null ? (
        <span className="banner-drawn" aria-hidden="true" />
      ) : (
        <img
          className="banner-picture"
          src={picture.address}
          srcSet={picture.sizes}
          sizes="(min-width: 720px) 240px, 40vw"
          alt=""
          width={320}
          height={320}
        />
      )}
    </span>
  )
}
