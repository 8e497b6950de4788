//! The extensions that are refused by default, and those that browsers run.
//!
//! Words between spaces, so that a row can be read; they are split when a policy is made ready.

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
const ACTIVE: &str = "html htm xhtml xht xhtm shtml htmls mht mhtml svg svgz xml xsl xslt xsd xbl rdf rss atom mathml mml \
 xul htc hta webarchive wml vml dtd ent wasm appcache manifest webmanifest eml";

/// Blocked at the end of a name, but too often inside an honest one: `example.com.png`, `Node.js.pdf`, `Civil.War.pdf`,
/// `9.41.PM.png`, `manual.ESP.pdf`, `nginx.conf.txt`. No server takes an inner one of these for a program.
const HARMLESS_INSIDE: &str = "com js ts do app run so url bin env inc module action \
 war ear class soap service socket timer rules theme desktop terminal workflow website application command gadget fish \
 ru pm cs ini conf cfg cnf esp jst csp gsp bx";

/// Blocked for a file, but too often the end of a target that is none: `PUT /zones/example.com`.
const ENDS_OF_TARGETS: &str = "com js ts do app run so url bin env inc module action";

/// What servers run, some wherever it stands in a name, and nobody calls anything else.
const SCRIPTS: &str = "ascx ashx asmx asp aspx bxm bxs cfc cfm cfml cgi cshtml fcgi jsp jspf jspx jsv jsw phar php php2 php3 php4 \
 php5 php6 php7 php8 pht phtm phtml shtm shtml vbhtml xamlx xoml xsp zhtml zul";

/// Extensions whose type every server knows. Where a name ends in another one, Apache takes the type of the one before:
/// `page.html.log` is a page.
const KNOWN: &str = "txt csv json pdf rtf png jpg jpeg gif bmp tif tiff ico webp mp3 wav ogg mp4 mov avi zip gz tar doc docx xls \
 xlsx ppt pptx odt ods odp";

/// Names that a tool acts on by name alone, whatever their extension; lower case.
const RESERVED_NAMES: &str = "package.json package-lock.json composer.json composer.lock authorized_keys crontab dockerfile \
 makefile web.config crossdomain.xml clientaccesspolicy.xml htaccess desktop.ini autorun.inf";

/// The extensions that [`BlockedExtensions::Default`](super::BlockedExtensions::Default) stands for.
pub fn default_blocked() -> impl Iterator<Item = &'static str> {
    BLOCKED.iter().flat_map(|row| row.split(' '))
}

/// Whether browsers run a file with this extension, in lower case, when it is served as what it is.
pub fn is_active(extension: &str) -> bool {
    ACTIVE.split(' ').any(|active| active == extension)
}

pub(super) fn is_known_to_servers(extension: &str) -> bool {
    KNOWN.split(' ').any(|known| known == extension)
}

pub(super) fn is_harmless_inside(extension: &str) -> bool {
    HARMLESS_INSIDE.split(' ').any(|harmless| harmless == extension)
}

pub(super) fn ends_targets(extension: &str) -> bool {
    ENDS_OF_TARGETS.split(' ').any(|end| end == extension)
}

/// Whether it is a server's script, and not the end of a word or of a host's name. In lower case.
pub(super) fn is_script(extension: &str) -> bool {
    SCRIPTS.split(' ').any(|script| script == extension)
}

pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED_NAMES.split(' ').any(|reserved| reserved.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::super::extension::Extension;
    use super::*;

    #[test]
    fn the_lists_hold_extensions_and_each_once() {
        let mut seen = std::collections::HashSet::new();
        for word in default_blocked() {
            assert_eq!(Extension::parse(word).unwrap().as_str(), word);
            assert!(seen.insert(word), "{word} stands twice");
        }
        for word in ACTIVE.split(' ') {
            assert_eq!(Extension::parse(word).unwrap().as_str(), word);
        }
        for word in [HARMLESS_INSIDE, ENDS_OF_TARGETS, SCRIPTS].iter().flat_map(|row| row.split(' ')) {
            assert!(seen.contains(word), "{word} is not blocked");
        }
    }
}
