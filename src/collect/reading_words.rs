//! The words by which furniture, bylines, credits and questions of consent are known, in the languages that the news comes in.

/// Headings of what stands round articles: whole texts in lower case.
#[rustfmt::skip]
const HEADINGS: &[&str] = &[
    // English
    "advertisement", "advertisements", "also in the news", "also on", "around the web", "comments",
    "don't miss", "editor's picks", "editors' picks", "explore more", "featured", "follow us",
    "in case you missed it", "keep reading", "latest", "latest articles", "latest headlines", "latest news",
    "latest posts", "latest stories", "latest updates", "leave a comment", "leave a reply", "more",
    "more articles", "more for you", "more from this author", "more news", "more on this story",
    "more on this topic", "more stories", "more to explore", "more to read", "most popular", "most read",
    "most viewed", "must read", "newsletter", "next article", "next story", "popular", "popular articles",
    "popular news", "popular now", "popular posts", "popular stories", "previous article", "read also",
    "read more", "read next", "recent articles", "recent news", "recent posts", "recent stories",
    "recommended", "recommended for you", "recommended reading", "recommended stories", "related",
    "related articles", "related content", "related coverage", "related links", "related news",
    "related posts", "related stories", "related topics", "see also", "share", "share this",
    "share this article", "share this story", "sign up", "sponsored", "sponsored content", "stay informed",
    "subscribe", "tags", "top news", "top stories", "topics", "trending", "trending now", "trending stories",
    "up next", "what to read next", "you may also like", "you might also like",
    "listen to this article", "download our app", "download the app", "story continues below advertisement",
    "article continues below advertisement", "continue reading below", "previous article next article",
    "share on facebook", "share on facebook | copy link", "copy link",
    // Hebrew
    "אולי יעניין אותך", "אולי יעניין אתכם", "אולי תאהבו", "הנקראים ביותר", "הנצפים ביותר", "הפופולריים",
    "הירשמו לניוזלטר", "חדשות אחרונות", "הכתבות האחרונות", "הכתבות הנקראות ביותר", "הידיעות האחרונות",
    "הכי נקראים", "הכי נקראות", "כתבות אחרונות", "כתבות מומלצות", "כתבות נוספות", "כתבות פופולריות",
    "כתבות קשורות", "מאמרים אחרונים", "מאמרים נוספים", "מאמרים פופולריים", "מאמרים קשורים", "מומלצים", "מומלץ",
    "מומלצים עבורך", "עוד בנושא", "עוד באתר", "עוד חדשות", "עוד כתבות", "פופולרי", "פרסומת", "קראו גם",
    "קראו עוד", "שתפו", "תגובות", "תגיות", "סיפורים אחרונים", "סיפורים פופולריים", "ידיעות אחרונות",
    // Arabic
    "آخر الأخبار", "أحدث الأخبار", "أحدث المقالات", "أحدث القصص", "أخبار ذات صلة", "أخبار متعلقة", "إعلان",
    "إقرأ أيضا", "اقرأ أيضا", "اقرأ أيضاً", "اقرأ المزيد", "الأكثر شعبية", "الأكثر قراءة", "الأكثر مشاهدة",
    "الأكثر تداولا", "التعليقات", "الوسوم", "المزيد", "المزيد من الأخبار", "النشرة البريدية", "شارك",
    "قد يعجبك أيضا", "قد يهمك", "قد يهمك أيضا", "مقالات ذات صلة", "مقالات شائعة", "مقالات شعبية",
    "مقالات مختارة", "مواضيع ذات صلة", "المقالات الشائعة", "المقالات الأكثر قراءة", "موصى به",
    // German
    "anzeige", "auch interessant", "aktuelle meldungen", "aktuelle nachrichten", "beliebt", "beliebte artikel",
    "das könnte sie auch interessieren", "das könnte dich auch interessieren", "kommentare", "lesen sie auch",
    "mehr zum thema", "meistgelesen", "meistgelesene artikel", "mehr lesen", "neueste artikel",
    "neueste nachrichten", "newsletter abonnieren", "schlagwörter", "verwandte artikel", "zum thema", "teilen",
    // French
    "à lire aussi", "articles les plus lus", "articles populaires", "articles récents", "articles similaires",
    "commentaires", "dernières actualités", "derniers articles", "en lire plus", "les plus lus", "lire aussi",
    "partager", "publicité", "sur le même sujet", "vous aimerez aussi",
    // Spanish, Portuguese, Italian
    "artículos populares", "artículos relacionados", "comentarios", "compartir", "lea también", "lee también",
    "lo más leído", "lo más visto", "más leídas", "más leído", "más noticias", "más populares",
    "noticias relacionadas", "publicidad", "te puede interesar", "últimas noticias", "artigos relacionados",
    "compartilhe", "leia também", "leia mais", "mais lidas", "mais lidos", "notícias relacionadas",
    "publicidade", "últimas notícias", "veja também", "articoli correlati", "commenti", "i più letti",
    "leggi anche", "potrebbe interessarti", "pubblicità", "ultime notizie", "più letti",
    // Russian, Turkish, Dutch, Polish
    "комментарии", "популярное", "популярные статьи", "последние новости", "похожие статьи", "рекомендуем",
    "реклама", "самое читаемое", "читайте также", "çok okunanlar", "en çok okunanlar", "ilgili haberler",
    "son haberler", "advertentie", "gerelateerde artikelen", "lees ook", "meest gelezen", "czytaj także",
    "najnowsze", "najpopularniejsze", "polecane", "zobacz także",
    // Japanese, Chinese, Korean
    "広告", "あわせて読みたい", "関連記事", "関連ニュース", "おすすめ記事", "アクセスランキング", "人気記事", "コメント", "シェアする",
    "相关阅读", "相关文章", "热门文章", "相關文章", "관련기사", "많이 본 뉴스", "광고",
];

/// How boxes begin that ask for something: beginnings of texts in lower case.
#[rustfmt::skip]
const BEGINNINGS: &[&str] = &[
    "receive latest", "receive the latest", "receive our", "get the latest", "get latest",
    "get our newsletter", "get our daily", "sign up for", "sign up to", "signup for", "subscribe to",
    "subscribe for", "subscribe now", "join our newsletter", "join our mailing", "stay up to date",
    "stay updated", "stay in the loop", "our newsletter", "enter your email", "enter your e-mail",
    "follow us on", "share this", "most read in", "most popular in", "more from ", "more in ", "latest from ",
    "rate this", "support independent", "support our journalism", "support our work", "support quality journalism", 
    "become a member", "become a supporter", "become a subscriber", "become a paid", "make a donation", "donate today", "donate now",
    "help us keep", "help fund our", "if you value our", "if you enjoyed this", "like what you", "buy us a coffee", "thanks for reading",
    "thank you for reading", "download our app", "download the app", "get our app", "get the app", "join our whatsapp", "join our telegram",
    "join us on", "follow our channel", "follow us for", "unterstützen sie", "unterstütze uns", "jetzt spenden", "faites un don",
    "soutenez", "haz una donación", "apoya el periodismo", "apoie o", "sostieni", "поддержите", "תמכו בעיתונות", "תמכו בנו",
    "הורידו את האפליקציה", "ادعم", "حمّل التطبيق", "حمل التطبيق",
    "popular in ", "trending in ", "related to this", "don’t miss", "by signing up", "הירשמו", "הרשמו",
    "הצטרפו", "קבלו את החדשות", "קבלו עדכונים", "קבלת חדשות", "לקבלת עדכונים", "לקבלת חדשות", "עקבו אחרינו",
    "הירשם", "הזינו את", "اشترك", "اشتركوا", "احصل على آخر", "احصل على أحدث", "تابعنا", "تلقى آخر", "تلق آخر",
    "تلقي آخر", "تلقَّ آخر", "سجل في", "سجّل", "انضم إلى", "استقبل آخر", "أدخل بريدك", "abonnieren sie",
    "melden sie sich", "jetzt abonnieren", "erhalten sie", "folgen sie uns", "abonnez-vous", "inscrivez-vous",
    "recevez", "suscríbete", "suscríbase", "recibe las", "assine", "inscreva-se", "receba", "iscriviti",
    "подпишитесь", "подписывайтесь", "schrijf je in", "zapisz się", "abone ol",
];

/// How paragraphs begin that lead elsewhere; most of such a paragraph is a link.
#[rustfmt::skip]
const POINTERS: &[&str] = &[
    "read more", "read also", "also read", "read:", "see also", "related", "more:", "watch:", "listen:",
    "don't miss", "advertisement", "continue reading", "click here", "קראו גם", "קראו עוד", "ראו גם",
    "עוד בנושא", "לכתבה", "اقرأ أيضا", "اقرأ أيضاً", "إقرأ أيضا", "اقرأ المزيد", "شاهد", "lesen sie auch",
    "mehr dazu", "mehr zum thema", "lire aussi", "à lire aussi", "lea también", "lee también", "leia também",
    "leggi anche", "читайте также", "lees ook", "czytaj także",
];

/// What goes before an author's name.
#[rustfmt::skip]
const BY: &[&str] = &[
    "interview:", "interview by", "text by", "reportage:", "analysis by", "written by", "reported by", "story by", "words by", "article by", "posted by", "by", "von", "par", "por",
    "di", "door", "av", "af", "text:", "autor:", "author:", "автор:", "מאת", "מאת:", "כתב:", "כתבה:", "بقلم",
    "بقلم:", "كتب:", "كتبت:", "كتب", "كتبه", "yazan:", "文・", "文：", "文:", "取材・文",
];

/// What goes before the name of whoever made a picture.
#[rustfmt::skip]
const CREDITS: &[&str] = &[
    "photo credit", "picture credit", "image credit", "credits", "credit", "photography by", "photograph by",
    "photographs by", "photo by", "photos by", "picture by", "image by", "photograph", "photo", "picture",
    "image", "source", "copyright", "©", "(c)", "illustration by", "illustration", "graphic", "bild", "foto",
    "fotos", "foto:", "bildquelle", "quelle", "crédit photo", "crédit", "crédits", "photo :", "imagen",
    "imagem", "immagine", "fotografía", "fotografia", "צילום", "צילומים", "תצלום", "קרדיט", "איור", "تصوير",
    "الصورة", "صورة", "المصدر", "مصدر الصورة", "фото", "источник", "zdjęcie", "写真", "撮影", "写真提供", "提供", "图", "사진",
];

#[rustfmt::skip]
const CONSENTS: &[&str] = &[
    "before you continue", "we value your privacy", "we use cookies", "your privacy choices",
    "your privacy is important", "accept all", "accept cookies", "manage cookies", "cookie settings",
    "cookie policy", "and our partners", "legitimate interest", "consent to", "your consent",
    "אנו משתמשים בעוגיות", "מדיניות עוגיות", "קבל הכל", "הסכמה לעוגיות", "הסכמה לשימוש", "نستخدم ملفات تعريف الارتباط",
    "ملفات تعريف الارتباط", "قبول الكل", "wir verwenden cookies", "alle akzeptieren", "cookies zustimmen", "allen zustimmen", "zustimmen und weiter",
    "ihre privatsphäre", "nous utilisons des cookies", "tout accepter", "votre vie privée",
    "utilizamos cookies", "aceptar todo", "aceitar tudo", "utilizziamo i cookie", "accetta tutto",
];

/// What readers may do with an article: parts of a line that is nothing else, in lower case.
#[rustfmt::skip]
const ACTIONS: &[&str] = &[
    "print", "print this", "print this page", "printer friendly", "printer-friendly version", "print article", "email", "e-mail",
    "email this", "mail to a friend", "email to a friend", "send to a friend", "tell a friend", "save", "save article", "bookmark",
    "facebook", "twitter", "x", "whatsapp", "telegram", "linkedin", "reddit", "pinterest", "bluesky", "mastodon", "instagram",
    "tweet", "comment", "permalink", "reply", "back to top", "top", "home", "copy", "copy url", "copy the link", "gift this article",
    "listen", "translate", "feedback", "report an error", "report a mistake", "terms of service", "terms of use", "privacy policy",
    "privacy", "contact", "contact us", "about us", "imprint", "drucken", "merken", "per e-mail", "feedback geben", "impressum",
    "link kopieren", "imprimer", "envoyer", "imprimir", "enviar", "copiar enlace", "stampa", "invia", "הדפסה", "הדפסת כתבה", "שלח לחבר",
    "פייסבוק", "טוויטר", "ווטסאפ", "וואטסאפ", "העתקת קישור", "שמירה", "طباعة", "نسخ الرابط", "فيسبوك", "تويتر", "واتساب",
    "印刷", "メール", "ツイート", "リンクをコピー", "распечатать", "печать", "afdrukken", "drukuj", "yazdır",
];

/// Phrases by which a line of rights is known, in lower case.
#[rustfmt::skip]
const RIGHTS: &[&str] = &[
    "all rights reserved", "alle rechte vorbehalten", "tous droits réservés", "todos los derechos reservados",
    "reservados todos los derechos", "todos os direitos reservados", "tutti i diritti riservati", "riproduzione riservata",
    "reproducción prohibida", "reproduction interdite", "alle rechten voorbehouden", "כל הזכויות שמורות", "جميع الحقوق محفوظة",
    "كل الحقوق محفوظة", "все права защищены", "всі права захищені", "wszelkie prawa zastrzeżone", "tüm hakları saklıdır",
    "無断転載", "著作権は当社", "著作権所有", "版权所有", "版權所有", "무단전재", "may not be published, broadcast", "may not be reproduced",
    "all rights are reserved",
];

/// True for a line that says whose the text is, and who may print it.
pub(super) fn is_of_rights(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 260 {
        return false;
    }
    let lower = text.to_lowercase();
    let sign = ["©", "(c) ", "copyright ©", "copyright (c)", "copyright 1", "copyright 2", "copyright:"];
    sign.iter().any(|sign| lower.starts_with(sign)) || RIGHTS.iter().any(|phrase| lower.contains(phrase))
}

/// True for a line that is nothing but what readers may do: `Print | Mail to a friend`.
fn is_of_actions(text: &str) -> bool {
    let mut parts =
        text.split(['|', '·', '•', '/', ',', '\u{a0}']).map(bare).filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some()
        && parts.all(|part| ACTIONS.contains(&part.as_str()) || HEADINGS.contains(&part.as_str()))
}

/// True for the heading of what is not the article, or the beginning of a box that asks for something.
pub(super) fn heads_furniture(text: &str) -> bool {
    HEADINGS.contains(&bare(text).as_str()) || asks_for_something(text)
}

/// The same for what stands between paragraphs, with `links` or in a box: else what is said in a whole sentence is the
/// article's own, and so are what somebody says, and the name of a service.
pub(super) fn heads_furniture_inside(text: &str, links: bool, boxed: bool) -> bool {
    let quoted = text.trim_start().starts_with(['"', '“', '„', '«', '‘', '「', '”', '‹']);
    let ends = text.trim_end().ends_with(['.', '!', '?', '。', '؟', '！', '？']);
    HEADINGS.contains(&bare(text).as_str())
        || ((links || text.contains(['|', '·', '•'])) && is_of_actions(text))
        || (asks_for_something(text) && (links || !(quoted || ends && !boxed)))
}

fn asks_for_something(text: &str) -> bool {
    let lower = bare(text);
    lower.len() < 200 && BEGINNINGS.iter().any(|start| begins(&lower, start))
}

/// True for the heading over what is said of the author.
pub(super) fn heads_bio(text: &str) -> bool {
    #[rustfmt::skip]
    const BIOS: &[&str] = &[
        "about the author", "about the authors", "about the writer", "author bio", "author", "über den autor", "über die autorin",
        "zum autor", "zur autorin", "zur person", "à propos de l'auteur", "à propos de l’auteur", "sobre el autor", "sobre la autora",
        "sobre o autor", "sobre a autora", "sull'autore", "l'autore", "об авторе", "over de auteur", "o autorze", "על הכותב", "על הכותבת",
        "אודות המחבר", "عن الكاتب", "عن المؤلف", "نبذة عن الكاتب", "著者について", "著者プロフィール", "作者简介", "yazar hakkında",
    ];
    BIOS.contains(&bare(text).as_str())
}

/// True for a line of tags.
pub(super) fn heads_tags(text: &str) -> bool {
    #[rustfmt::skip]
    const TAGS: &[&str] = &[
        "tags", "tag", "tagged", "topics", "topic", "filed under", "categories", "category", "labels", "keywords", "posted in",
        "schlagwörter", "schlagworte", "themen", "mots-clés", "étiquettes", "etiquetas", "temas", "argomenti", "теги", "метки",
        "תגיות", "תגיות:", "נושאים", "الوسوم", "الكلمات المفتاحية", "كلمات مفتاحية", "タグ", "标签", "標籤", "태그", "trefwoorden", "tagi", "etiketler",
    ];
    let head = text.split([':', '：', '|']).next().unwrap_or_default();
    head.len() < text.len() && TAGS.contains(&bare(head).as_str())
}

/// True for a label of what somebody has paid for.
pub(super) fn sells(text: &str) -> bool {
    #[rustfmt::skip]
    const LABELS: &[&str] = &[
        "partner content", "content partner", "our partners", "from our partners", "from our partner", "in partnership with",
        "sponsored", "sponsored content", "sponsored post", "sponsored story", "sponsored by", "sponsor content", "paid content",
        "paid post", "paid partnership", "paid partner content", "paid for by", "promoted", "promoted content", "promoted by", "advertorial",
        "advertisement feature", "advertiser content", "branded content", "brand content", "native advertising", "presented by",
        "brought to you by", "anzeige", "gesponsert", "gesponserter inhalt", "werbung", "bezahlter inhalt", "partnerinhalt", "publireportage",
        "in kooperation mit", "contenu sponsorisé", "contenu partenaire", "publi-rédactionnel", "publirédactionnel", "sponsorisé",
        "contenido patrocinado", "patrocinado", "publirreportaje", "contenido de marca", "conteúdo patrocinado", "conteúdo de marca",
        "contenuto sponsorizzato", "sponsorizzato", "gesponsord", "partnerbijdrage", "advertorial", "materiał sponsorowany",
        "artykuł sponsorowany", "annonsørinnhold", "annons", "annonce", "annonse", "på reklame", "kaupallinen yhteistyö",
        "партнёрский материал", "партнерский материал", "на правах рекламы", "реклама", "спонсорский материал", "sponsorlu içerik",
        "sponsorlu", "תוכן שיווקי", "תוכן ממומן", "ממומן", "תוכן מקודם", "בשיתוף", "בחסות", "מקודם", "محتوى ترويجي", "محتوى ممول",
        "محتوى مدفوع", "برعاية", "إعلان ممول", "ممول", "広告", "スポンサー", "提供記事", "プロモーション", "タイアップ", "pr", "赞助内容", "推广", "贊助內容", "스폰서", "협찬",
    ];
    let lower = bare(text);
    let by = [
        "sponsored by ",
        "paid for by ",
        "promoted by ",
        "presented by ",
        "brought to you by ",
        "in partnership with ",
        "in kooperation mit ",
        "בחסות ",
        "בשיתוף ",
        "برعاية ",
    ];
    LABELS.contains(&lower.as_str()) || (lower.len() < 70 && by.iter().any(|start| lower.starts_with(start)))
}

/// True for the heading of a list of what others read.
pub(super) fn heads_popular(text: &str) -> bool {
    #[rustfmt::skip]
    const POPULAR: &[&str] = &[
        "popular", "most read", "most viewed", "trending", "הנקראים", "הנקראות", "נקראים",
        "פופולרי", "הנצפים", "الأكثر", "شائعة", "شعبية", "الشائعة", "meistgelesen", "beliebt", "les plus lus",
        "populaires", "más leíd", "más visto", "populares", "mais lid", "più letti", "популярн",
        "самое читаемое", "okunan", "meest gelezen", "najpopularniejsze",
    ];
    let lower = bare(text);
    lower.len() < 120 && POPULAR.iter().any(|word| lower.contains(word))
}

/// True for the beginning of a line that leads to another page.
pub(super) fn points_elsewhere(text: &str) -> bool {
    let lower = bare(text);
    POINTERS.iter().any(|start| lower.starts_with(start))
}

/// True if a text says by whom it is.
pub(super) fn says_by(text: &str) -> bool {
    let lower = bare(text);
    !lower.starts_with("posted by") && BY.iter().any(|by| begins(&lower, by))
}

/// The text without the words that go before an author's name.
pub(super) fn without_by(text: &str) -> &str {
    without(text, BY)
}

/// The text without the words that go before a maker's name; `None` if there are none.
pub(super) fn credited(text: &str) -> Option<&str> {
    let text =
        text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '|' | '/' | '–' | '—' | '-'));
    let rest = without(text, CREDITS);
    let word =
        text.trim_start().chars().next().is_some_and(|c| c.is_alphanumeric() || matches!(c, '©' | '('));
    (word && rest.len() < text.trim().len()).then_some(rest)
}

/// How many of the phrases of consent pages a text has.
pub(super) fn consents(text: &str) -> usize {
    let lower = text.to_lowercase();
    CONSENTS.iter().filter(|phrase| lower.contains(*phrase)).count()
}

/// Lower case without signs at both ends.
fn bare(text: &str) -> String {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    text[..text.floor_char_boundary(300)].to_lowercase()
}

/// True if a text begins with these words, and they end there.
fn begins(text: &str, words: &str) -> bool {
    let whole = words.ends_with([' ', ':']);
    text.strip_prefix(words).is_some_and(|rest| whole || !rest.starts_with(char::is_alphanumeric))
}

fn without<'t>(text: &'t str, words: &[&str]) -> &'t str {
    let text = text.trim();
    let mut longest = 0;
    for word in words {
        let head: String = text.chars().take(word.chars().count()).collect();
        if head.to_lowercase() == **word {
            let rest = &text[head.len()..];
            let whole = !word.ends_with(char::is_alphanumeric) || !rest.starts_with(char::is_alphanumeric);
            if whole && head.len() > longest {
                longest = head.len();
            }
        }
    }
    text[longest..].trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, ':' | '：' | '・' | '-' | '–' | '—' | '|' | '/')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn furniture_is_known_by_its_heading_in_any_language() {
        for text in [
            "Popular Articles",
            "LATEST STORIES",
            "Receive latest news & updates",
            "כתבות פופולריות",
            "הירשמו לקבלת עדכונים",
            "الأكثر قراءة",
            "اشترك في النشرة",
            "Lesen Sie auch:",
            "— Advertisement —",
        ] {
            assert!(heads_furniture(text), "{text}");
        }
        for text in [
            "Popular uprisings of the north",
            "The latest ferry",
            "Subscribers are angry",
            "מאת דנה",
            "Moreover",
        ] {
            assert!(!heads_furniture(text), "{text}");
        }
    }

    #[test]
    fn a_name_is_left_of_a_byline_and_of_a_credit() {
        for (text, name) in [
            ("By Ann Lee", "Ann Lee"),
            ("BYRON KEEL", "BYRON KEEL"),
            ("מאת: דנה לוי", "דנה לוי"),
            ("بقلم سارة", "سارة"),
            ("Von Ida", "Ida"),
        ] {
            assert_eq!(without_by(text), name);
        }
        for (text, name) in [
            ("Photo: Ann Lee", Some("Ann Lee")),
            ("צילום: דנה", Some("דנה")),
            ("Photography is fun", None),
            ("© AP", Some("AP")),
        ] {
            assert_eq!(credited(text), name, "{text}");
        }
    }
}
