/** Where the shop sells, most of it first: what people, streets and cities are called there. None of them exists. */
export interface Land {
  readonly country: string
  readonly firstNames: readonly string[]
  readonly lastNames: readonly string[]
  readonly streets: readonly string[]
  readonly cities: readonly string[]
  readonly dialling: string
}

/** Words, with an underscore for the space inside one. */
const list = (words: string): readonly string[] => words.split(' ').map((word) => word.replaceAll('_', ' '))

export const lands: readonly Land[] = [
  {
    country: 'DE',
    firstNames: list('Anna Lukas Marie Jonas Lena Felix Greta Paul Johanna Björn Käthe Moritz Emilia Jörg Helene Till'),
    lastNames: list('Brandt Keller Vogel Lindner Seidel Böttcher Hagen Krause Löwe Peters Reuter Sommer Thiel Wieland'),
    streets: list('Lindenweg Bahnhofstraße Gartenweg Mühlgasse Am_Hang Schulstraße Rosenallee Kirchplatz'),
    cities: list('Neustadt Lindenau Bergheim Altenfeld Seehausen Grünwalde'),
    dialling: '+49',
  },
  {
    country: 'FR',
    firstNames: list('Camille Hugo Chloé Léa Jules Inès Mathis Zoé Rémi Élise Noé Margaux'),
    lastNames: list('Lefèvre Moreau Garnier Chevalier Perrin Dumas Faure Renaud Collet Béranger'),
    streets: list('Rue_des_Lilas Avenue_du_Parc Rue_de_la_Gare Chemin_Vert Place_du_Marché'),
    cities: list('Valmont Saint-Aubin Beaulieu Clairval Montfleur'),
    dialling: '+33',
  },
  {
    country: 'US',
    firstNames: list('Grace Henry Olivia Wyatt Hazel Carter Nora Miles Ruby Owen Stella Dean'),
    lastNames: list('Whitfield Harlow Bennett Mercer Ashby Dalton Pruitt Langley Sawyer Quimby'),
    streets: list('Maple_Street Oak_Avenue Hill_Road Lake_Drive Mill_Lane 2nd_Street'),
    cities: list('Fairview Springdale Riverton Oakridge Milltown'),
    dialling: '+1',
  },
  {
    country: 'GB',
    firstNames: list('Imogen Alfie Freya Rupert Poppy Callum Maisie Angus Tilda Rhys'),
    lastNames: list("Fairbairn Hollis Pemberton Thorne Wexley Ainsworth O'Dell Kirkby"),
    streets: list('High_Street Church_Lane Station_Road Green_Close Mill_Row'),
    cities: list('Ashford_Green Little_Haven Brookside Westcombe'),
    dialling: '+44',
  },
  {
    country: 'PL',
    firstNames: list('Zofia Kacper Maja Łukasz Hanna Michał Iga Paweł'),
    lastNames: list('Wójcik Zieliński Dąbek Sikora Żak Gajda Kłos'),
    streets: list('ul._Leśna ul._Polna ul._Szkolna ul._Ogrodowa'),
    cities: list('Nowa_Wieś Zielonka Lipowo'),
    dialling: '+48',
  },
  {
    country: 'JP',
    firstNames: list('結衣 陽菜 蓮 湊 葵 大翔'),
    lastNames: list('青木 森田 小川 石原 水野'),
    streets: list('桜通り 緑町 本町'),
    cities: list('緑川市 青葉町'),
    dialling: '+81',
  },
]

export const titles = list('Sales_Associate Account_Manager Support_Specialist Buyer Warehouse_Lead Controller')

/** Groups of products: what they are called, what they cost from and to (in cents), and what their attributes say. */
export interface Range {
  readonly category: string
  readonly parent: string
  readonly nouns: readonly string[]
  readonly from: number
  readonly to: number
  readonly materials: readonly string[]
}

export const ranges: readonly Range[] = [
  {
    category: 'Chairs',
    parent: 'Furniture',
    nouns: list('Chair Stool Armchair Bench'),
    from: 4900,
    to: 39900,
    materials: list('oak beech steel felt'),
  },
  {
    category: 'Tables',
    parent: 'Furniture',
    nouns: list('Table Desk Sideboard'),
    from: 12900,
    to: 119900,
    materials: list('oak walnut glass'),
  },
  {
    category: 'Shelves',
    parent: 'Furniture',
    nouns: list('Shelf Bookcase Rack'),
    from: 3900,
    to: 45900,
    materials: list('pine steel'),
  },
  {
    category: 'Lamps',
    parent: 'Home',
    nouns: list('Lamp Lantern Spotlight'),
    from: 1900,
    to: 24900,
    materials: list('brass paper glass'),
  },
  {
    category: 'Textiles',
    parent: 'Home',
    nouns: list('Blanket Cushion Curtain Rug'),
    from: 1200,
    to: 34900,
    materials: list('wool linen cotton'),
  },
  {
    category: 'Kitchen',
    parent: 'Home',
    nouns: list('Pan Kettle Teapot Bowl Knife'),
    from: 900,
    to: 18900,
    materials: list('steel cast_iron stoneware'),
  },
  {
    category: 'Stationery',
    parent: 'Office',
    nouns: list('Notebook Pen_Set Folder Calendar'),
    from: 300,
    to: 5900,
    materials: list('paper leather'),
  },
  {
    category: 'Storage',
    parent: 'Office',
    nouns: list('Box Basket Tray'),
    from: 700,
    to: 7900,
    materials: list('willow felt plastic'),
  },
  {
    category: 'Garden',
    parent: 'Outdoor',
    nouns: list('Planter Trowel Watering_Can Bird_House'),
    from: 800,
    to: 15900,
    materials: list('zinc terracotta cedar'),
  },
  {
    category: 'Camping',
    parent: 'Outdoor',
    nouns: list('Tent Hammock Flask Cooler'),
    from: 1500,
    to: 49900,
    materials: list('canvas nylon steel'),
  },
]

export const seriesNames = list(
  'Alma Brisa Corvo Dune Ekko Fjell Halo Isla Juno Kvist Luma Nord Olea Piko Runa Søl Tarn Vega',
)
export const colours = list('white black sand moss rust indigo')
export const tagNames = list('bestseller new handmade organic sale gift recycled limited outdoor bulky fragile vegan')

/** What reviewers say, by how many stars they give. */
export const opinions: readonly (readonly string[])[] = [
  ['Broke after a week. 👎', 'Nicht zu empfehlen.', 'Très déçu…', "Wrong colour, and nobody's answering."],
  ['Wobbles a bit.', 'Smaller than in the picture', 'Geht so – für den Preis zu wenig.'],
  ['Does what it should.', 'Ok 🙂', 'Correct, sans plus.', 'まあまあです'],
  ['Good value', 'Sehr schön verarbeitet!', 'Bardzo ładne, polecam', 'Nice, but "assembly required"; 30 min.'],
  ['Love it ❤️', 'Besser als erwartet 🎉', 'Magnifique !', '素晴らしい！', '10/10 👩‍👩‍👧 approved\nWould buy again'],
]
