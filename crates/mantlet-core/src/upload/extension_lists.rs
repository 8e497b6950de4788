//! Lists of extensions: what is refused by default, what browsers run, and which of both is harmless where.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words in lower case. They are written with spaces between them, so that a row can be read.
pub(super) type Words = LazyLock<HashSet<&'static str>>;

fn words(text: &'static str) -> HashSet<&'static str> {
    text.split(' ').collect()
}

/// What servers, script hosts and desktops are known to run, and what configures them.
const BLOCKED: &[&str] = &[
    // PHP, and its aliases in server configurations
    "php php2 php3 php4 php5 php6 php7 php8 phps pht phtm phtml phpt phar pgif inc hphp ctp module",
    // Java, with what Jetty takes for JSP, ZK and Groovy
    "jsp jspx jspf jsw jsv jtml xsp zul zhtml gsp jar war ear class do action",
    // ASP and IIS
    "asp aspx ascx asax asa ashx asmx asmq axd cer cdx cshtm cshtml vbhtm vbhtml rem soap svc stm idc \
     xamlx xoml config cs vb dll",
    // CGI, server-side includes, interpreters and templates, with those of ColdFusion, BoxLang, Appweb, GoAhead and IRIS
    "cgi fcgi fpl pl pm py pyc pyo pyw pyz pth rb erb rhtml ru lua tcl shtml shtm sht cfm cfml cfc cfs lucee \
     bx bxm bxs esp jst csp \
     dbm swf xap yaws hcgi wsgi mjs cjs js jse ts ejs njk jinja jinja2 j2 twig tpl smarty mustache \
     hbs ftl vm haml slim groovy rpy epy lp lsp ssjs dtml",
    // shells
    "sh bash zsh ksh csh fish bat cmd com ps1 ps1xml ps2 psc1 psd1 psm1 command",
    // Windows
    "exe msi msp mst msu scr pif cpl ocx sys drv vbs vbe wsf wsh wsc sct hta chm hlp reg inf lnk url \
     scf scfx msc mde ade adp application appref-ms appx msix gadget settingcontent-ms library-ms \
     search-ms website xll xlam iqy slk rdp theme diagcab diagcfg diagpkg ms-msdt jnlp xbap pyzw \
     appxbundle msixbundle appinstaller",
    // other desktops, and disk images that open like a folder
    "app dmg pkg deb rpm apk aab ipa run bin elf so dylib desktop appimage iso img vhd vhdx scpt \
     applescript workflow terminal inetloc fileloc",
    // what configures a server or a tool
    "htaccess htpasswd htgroup ini env conf cnf cfg service socket timer rules",
    // what Apache takes head and body of its answer from, as Debian ships it: page.var.txt is a page
    "var asis",
    // office documents with macros
    "docm dotm xlsm xltm xlm pptm potm ppsm ppam sldm",
];

/// What a browser runs when it is served as what it is.
static ACTIVE: Words = LazyLock::new(|| {
    words(
        "html htm xhtml xht xhtm shtml htmls mht mhtml svg svgz xml xsl xslt xsd xbl rdf rss atom mathml mml \
     xul htc hta webarchive wml vml dtd ent wasm appcache manifest webmanifest eml",
    )
});

/// Blocked at the end of a name, but too often inside an honest one: `Civil.War.pdf`, `9.41.PM.png`, `manual.ESP.pdf`,
/// `nginx.conf.txt`. No server takes an inner one of these for a program, nor one of [`ENDS_OF_TARGETS`].
pub(super) static HARMLESS_INSIDE: Words = LazyLock::new(|| {
    words(
        "war ear class soap service socket timer rules theme desktop terminal workflow website application command gadget fish \
     ru pm cs ini conf cfg cnf esp jst csp gsp bx",
    )
});

/// Blocked for a file, but too often the end of a target that is none, and inside an honest name: `PUT /zones/example.com`,
/// `example.com.png`, `Node.js.pdf`.
pub(super) static ENDS_OF_TARGETS: Words =
    LazyLock::new(|| words("com js ts do app run so url bin env inc module action"));

/// What servers run, some of it wherever it stands in a name, and nobody calls anything else: no end of a word or of a host's
/// name.
static SCRIPTS: Words = LazyLock::new(|| {
    words(
        "ascx ashx asmx asp aspx bxm bxs cfc cfm cfml cgi cshtml fcgi jsp jspf jspx jsv jsw phar php php2 php3 php4 \
     php5 php6 php7 php8 pht phtm phtml shtm shtml vbhtml xamlx xoml xsp zhtml zul",
    )
});

/// What runs, or sets up what runs, even where it is nothing but the words and quotation marks of [JSON](super::json_body), or the
/// `a=b&c=d` of a form: `"reboot"` is a command to a shell. Other programs need signs that are written as escapes there.
pub(super) static RUN_AS_TEXT: Words = LazyLock::new(|| {
    words(
        "sh bash zsh ksh csh fish cgi fcgi bat cmd ps1 ps2 psd1 psm1 command run tcl htaccess htpasswd htgroup ini env conf cnf cfg",
    )
});

/// What runs as a form as well, but not as JSON: languages in which a bare word calls what it names (`a=binding.irb` in Ruby), or an
/// equals sign can be a quotation mark (`q=a&b=.system+id` in Perl).
pub(super) static RUN_AS_FORM: Words = LazyLock::new(|| words("pl pm fpl rb ru haml slim"));

/// Folders called so have IIS 6 run whatever lies in them: `x.asp/y.png`.
pub(super) static FOLDERS: Words = LazyLock::new(|| words("asa asp cdx cer"));

/// Extensions whose type every server knows. Where a name ends in another one, Apache takes the type of the one before:
/// `page.html.log` is a page.
pub(super) static KNOWN: Words = LazyLock::new(|| {
    words(
        "txt csv json pdf rtf png jpg jpeg gif bmp tif tiff ico webp mp3 wav ogg mp4 mov avi zip gz tar doc docx xls \
     xlsx ppt pptx odt ods odp",
    )
});

/// Names that a tool acts on by name alone, whatever their extension; lower case.
pub(super) static RESERVED_NAMES: Words = LazyLock::new(|| {
    words(
        "package.json package-lock.json composer.json composer.lock authorized_keys crontab dockerfile \
     makefile web.config crossdomain.xml clientaccesspolicy.xml htaccess desktop.ini autorun.inf",
    )
});

/// The extensions that [`BlockedExtensions::Default`](super::BlockedExtensions::Default) stands for.
pub fn default_blocked() -> impl Iterator<Item = &'static str> {
    BLOCKED.iter().flat_map(|row| row.split(' '))
}

/// Whether servers run a file with this extension, in any case, and nobody calls anything else so.
pub(super) fn is_script(extension: &str) -> bool {
    // Most words are shorter or longer, and need no copy in lower case.
    (3..=6).contains(&extension.len()) && SCRIPTS.contains(&*extension.to_ascii_lowercase())
}

/// Whether browsers run a file with this extension, in lower case, when it is served as what it is.
pub fn is_active(extension: &str) -> bool {
    ACTIVE.contains(extension)
}

#[cfg(test)]
mod tests {
    use super::super::extension::Extension;
    use super::*;

    #[test]
    fn the_lists_hold_extensions_and_each_once() {
        let mut seen = HashSet::new();
        for word in default_blocked() {
            assert_eq!(Extension::parse(word).unwrap().as_str(), word);
            assert!(seen.insert(word), "{word} stands twice");
        }
        for word in ACTIVE.iter() {
            assert_eq!(Extension::parse(word).unwrap().as_str(), *word);
        }
        for word in [&HARMLESS_INSIDE, &ENDS_OF_TARGETS, &SCRIPTS, &RUN_AS_TEXT, &RUN_AS_FORM, &FOLDERS]
            .into_iter()
            .flat_map(|words| words.iter())
        {
            assert!(seen.contains(word), "{word} is not blocked");
        }
        assert!(SCRIPTS.iter().all(|word| is_script(word) && is_script(&word.to_ascii_uppercase())));
    }
}
