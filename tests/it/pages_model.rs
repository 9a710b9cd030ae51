//! Article pages of our own making, as news sites have them: the story, and all that stands round it.

/// The words of a page in one language.
pub(crate) struct Words {
    pub(crate) language: &'static str,
    pub(crate) direction: &'static str,
    pub(crate) section: &'static str,
    pub(crate) headline: &'static str,
    pub(crate) dek: &'static str,
    pub(crate) alt: &'static str,
    pub(crate) caption: &'static str,
    /// The word before the credit, with its colon.
    pub(crate) photo: &'static str,
    pub(crate) credit: &'static str,
    /// The word before the author.
    pub(crate) by: &'static str,
    pub(crate) author: &'static str,
    pub(crate) body: [&'static str; 3],
    /// Furniture: popular, its two stories and their blurb; latest and its story; the sign-up box; the related link.
    pub(crate) furniture: [&'static str; 10],
}

/// English, Hebrew, Arabic.
#[rustfmt::skip]
pub(crate) const LANGUAGES: [Words; 3] = [
    Words {
        language: "en", direction: "ltr", section: "Town",
        headline: "Harbour bridge to open in spring after ten years of delay",
        dek: "The crossing halves the way to the islands, says the mayor; fishermen fear for their moorings",
        alt: "The bridge at dusk", caption: "The new bridge, seen from the old quay.",
        photo: "Photo:", credit: "Mara Lind", by: "By", author: "Ida Holm",
        body: [
            "The harbour bridge will open on the first of April, ten years later than planned. The mayor said so on Monday in the town hall.",
            "Cars will need four minutes to the islands instead of forty by ferry, and the hospital can be reached at night for the first time.",
            "Fishermen fear that the pillars take their berths. “Nobody asked us,” said one of them, who did not want to be named.",
        ],
        furniture: [
            "Popular Articles", "The cat that went to sea", "Storm takes the lighthouse roof",
            "The keeper was unharmed; the roof was found in the next county, where it had come down upon a barn.",
            "Latest Stories", "Rain until Friday", "Receive latest news & updates",
            "Every morning in your inbox, free of charge, from our editors to you and to nobody else.", "Subscribe", "Ferry fares rise again",
        ],
    },
    Words {
        language: "he", direction: "rtl", section: "העיר",
        headline: "גשר הנמל ייפתח באביב אחרי עשור של עיכובים",
        dek: "המעבר יקצר בחצי את הדרך אל האיים, אומר ראש העיר; הדייגים חוששים למעגנים",
        alt: "הגשר בשעת הדמדומים", caption: "הגשר החדש, מבט מן הרציף הישן.",
        photo: "צילום:", credit: "מארה לינד", by: "מאת", author: "אידה הולם",
        body: [
            "גשר הנמל ייפתח באחד באפריל, עשר שנים אחרי המועד המתוכנן. כך אמר ראש העיר ביום שני בבניין העירייה.",
            "מכוניות יגיעו אל האיים בארבע דקות במקום ארבעים במעבורת, ובית החולים יהיה פתוח בלילה לראשונה.",
            "הדייגים חוששים שהעמודים ייקחו להם את המקום. \"איש לא שאל אותנו\", אמר אחד מהם שביקש לא להזדהות.",
        ],
        furniture: [
            "כתבות פופולריות", "החתול שיצא לים", "הסערה לקחה את גג המגדלור",
            "השומר לא נפגע, והגג נמצא במחוז השכן, שם נפל על אסם ישן וגדול מאוד בלילה הסוער ההוא.",
            "סיפורים אחרונים", "גשם עד יום שישי", "קבלו את החדשות והעדכונים האחרונים",
            "בכל בוקר בתיבה שלכם, ללא תשלום וללא פרסומות, מן העורכים שלנו אליכם ישירות.", "הרשמה", "מחירי המעבורת עולים שוב",
        ],
    },
    Words {
        language: "ar", direction: "rtl", section: "المدينة",
        headline: "جسر الميناء يفتح في الربيع بعد عشر سنوات من التأخير",
        dek: "العبور يختصر الطريق إلى الجزر إلى النصف كما يقول العمدة والصيادون يخشون على مراسيهم",
        alt: "الجسر عند الغروب", caption: "الجسر الجديد كما يرى من الرصيف القديم.",
        photo: "تصوير:", credit: "مارا ليند", by: "بقلم", author: "إيدا هولم",
        body: [
            "يفتح جسر الميناء في الأول من أبريل، بعد عشر سنوات من الموعد المقرر. هذا ما قاله العمدة يوم الاثنين في دار البلدية.",
            "ستصل السيارات إلى الجزر في أربع دقائق بدلا من أربعين بالعبارة، ويمكن الوصول إلى المستشفى ليلا للمرة الأولى.",
            "يخشى الصيادون أن تأخذ الأعمدة أماكنهم. «لم يسألنا أحد»، قال أحدهم، وهو لم يرغب في ذكر اسمه.",
        ],
        furniture: [
            "المقالات الشائعة", "القط الذي ذهب إلى البحر", "العاصفة تأخذ سقف المنارة",
            "لم يصب الحارس بأذى، وعثر على السقف في المقاطعة المجاورة حيث سقط على حظيرة قديمة وكبيرة في تلك الليلة.",
            "أحدث القصص", "مطر حتى الجمعة", "احصل على آخر الأخبار والتحديثات",
            "كل صباح في بريدك مجانا ومن دون إعلانات من محررينا إليك مباشرة.", "اشتراك", "أسعار العبارة ترتفع مجددا",
        ],
    },
];

/// How a page is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// With classes that say what is what, the furniture beside the article.
    Named,
    /// Elements that say nothing, the furniture within the article.
    Nameless,
    /// As content systems without an idea build it: `div` upon `div`, the byline at the end.
    Boxes,
}

pub(crate) const BUILDS: [Build; 3] = [Build::Named, Build::Nameless, Build::Boxes];

/// A page; with JSON-LD or without.
pub(crate) fn page(words: &Words, build: Build, json_ld: bool) -> String {
    let Words { language, direction, headline, dek, .. } = words;
    let json = if json_ld { json(words) } else { String::new() };
    let body = match build {
        Build::Named => named(words),
        Build::Nameless => nameless(words),
        Build::Boxes => boxes(words),
    };
    format!(
        "<!DOCTYPE html><html lang=\"{language}\" dir=\"{direction}\"><head><meta charset=\"utf-8\">\
         <title>{headline} | Harbour Daily</title><meta property=\"og:site_name\" content=\"Harbour Daily\">\
         <meta name=\"description\" content=\"{dek}\">{json}<style>.a{{color:red}}</style></head><body>\
         <header class=\"top\"><a href=\"/\">Harbour Daily</a><nav><ul><li><a href=\"/world\">{section}</a></li>\
         <li><a href=\"/sport\">Sport</a></li></ul></nav></header>{body}\
         <footer>© 2026 Harbour Daily. Imprint. Privacy.</footer><script>var x = \"<p>no text</p>\";</script></body></html>",
        section = words.section,
    )
}

fn json(words: &Words) -> String {
    let value = serde_json::json!({
    "@context": "https://schema.org", "@graph": [{
        "@type": "NewsArticle", "headline": words.headline, "description": words.dek,
        "author": [{"@type": "Person", "name": words.author}], "articleSection": words.section,
        "datePublished": "2026-03-02T08:00:00+02:00", "dateModified": "2026-03-02T09:30:00+02:00",
        "image": [{"@type": "ImageObject", "url": "https://harbour.example/pictures/bridge.jpg", "width": 1200, "height": 800}],
    }]});
    format!("<script type=\"application/ld+json\">{value}</script>")
}

fn popular(words: &Words) -> String {
    let [title, first, second, blurb, ..] = words.furniture;
    format!(
        "<h3>{title}</h3><div><a href=\"/a/3\"><img src=\"/p/3.jpg\" width=300 height=200 alt=\"\"></a><h4><a href=\"/a/3\">{first}</a></h4></div>\
         <div><a href=\"/a/4\"><img src=\"/p/4.jpg\" width=300 height=200 alt=\"\"></a><h4><a href=\"/a/4\">{second}</a></h4><p>{blurb}</p></div>"
    )
}

fn latest(words: &Words) -> String {
    format!(
        "<h3>{}</h3><ul><li><a href=\"/a/5\">{}</a> <span>10:30</span></li></ul>",
        words.furniture[4], words.furniture[5]
    )
}

fn sign_up(words: &Words) -> String {
    let title = words.furniture[6].replace('&', "&amp;");
    format!(
        "<h3>{title}</h3><p>{}</p><form action=\"/signup\"><input type=\"email\"><button>{}</button></form>",
        words.furniture[7], words.furniture[8]
    )
}

fn figure(words: &Words) -> String {
    format!(
        "<figure><img src=\"/pictures/bridge.jpg\" width=\"1200\" height=\"800\" alt=\"{}\"><figcaption>{} <span class=\"credit\">{} {}</span></figcaption></figure>",
        words.alt, words.caption, words.photo, words.credit
    )
}

fn named(words: &Words) -> String {
    let Words { section, headline, dek, by, author, body, .. } = words;
    format!(
        "<main><article class=\"story\"><div class=\"section-name\"><a href=\"/town\">{section}</a></div><h1 class=\"headline\">{headline}</h1>\
         <p class=\"dek\">{dek}</p><div class=\"byline\">{by} <a rel=\"author\" href=\"/ida\">{author}</a></div><time datetime=\"2026-03-02T08:00:00+02:00\">2.3.2026</time>{figure}\
         <div class=\"story-body\"><p>{}</p><p>{}</p><aside class=\"related\"><a href=\"/a/9\">{}</a></aside><p>{}</p></div></article>\
         <section class=\"newsletter-signup\">{}</section></main><aside class=\"sidebar\"><div class=\"popular\">{}</div><div class=\"latest\">{}</div></aside>",
        body[0],
        body[1],
        words.furniture[9],
        body[2],
        sign_up(words),
        popular(words),
        latest(words),
        figure = figure(words),
    )
}

fn nameless(words: &Words) -> String {
    let Words { section, headline, dek, by, author, body, .. } = words;
    format!(
        "<article><span class=\"label\">{section}</span><h1>{headline}</h1><h2>{dek}</h2>{figure}<p>{}</p><p>{}</p><p>{}</p><p>{by} {author}</p>\
         <section>{}</section><section>{}</section><section>{}</section></article>",
        body[0],
        body[1],
        body[2],
        sign_up(words),
        popular(words),
        latest(words),
        figure = figure(words),
    )
}

fn boxes(words: &Words) -> String {
    let Words { section, headline, dek, by, author, body, alt, caption, photo, credit, .. } = words;
    format!(
        "<div id=\"wrap\"><div class=\"row\"><div class=\"col-8\"><div class=\"category\">{section}</div><div><h1>{headline}</h1></div>\
         <div class=\"sub-title\">{dek}</div><div class=\"pic\"><img src=\"/pictures/bridge.jpg\" width=\"1200\" height=\"800\" alt=\"{alt}\">\
         <div class=\"pic-caption\">{caption} {photo} {credit}</div></div>\
         <div class=\"txt\"><div>{}</div><div>{}</div><div>{}</div></div><div class=\"author\">{by} {author}</div></div>\
         <div class=\"col-4\"><div class=\"box\">{}</div><div class=\"box\">{}</div><div class=\"box\">{}</div></div></div></div>",
        body[0],
        body[1],
        body[2],
        popular(words),
        latest(words),
        sign_up(words),
    )
}
