//! [`Framework`]: what a site was made with, where its answers show it, and what a fix is called there.

use super::Observation;

/// Frameworks whose words are known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framework {
    /// Flask, with its usual extensions.
    Flask,
    /// Django.
    Django,
    /// Express, with express-session, helmet and multer.
    Express,
    /// PHP itself: the lines are those of `php.ini`.
    Php,
}

use Framework::{Django, Express, Flask, Php};

/// What shows each: the beginning of a value of a header.
const SIGNS: [(Framework, &str, &str); 7] = [
    (Django, "server", "WSGIServer/"),
    (Django, "set-cookie", "csrftoken="),
    (Flask, "server", "Werkzeug/"),
    (Express, "x-powered-by", "Express"),
    (Express, "set-cookie", "connect.sid="),
    (Php, "x-powered-by", "PHP/"),
    (Php, "set-cookie", "PHPSESSID="),
];

const CSRF_IN_FLASK: &str = "CSRFProtect(app), and {{ csrf_token() }} in each form   (pip install flask-wtf)";
const CSRF_IN_DJANGO: &str = "CsrfViewMiddleware in MIDDLEWARE, and {% csrf_token %} in each form";
const CSRF_IN_EXPRESS: &str = "app.use(doubleCsrfProtection), and its token in each form   (npm install csrf-csrf)";
const TALISMAN: &str =
    "Talisman(app), with force_https=False as long as there is no HTTPS   (pip install flask-talisman)";
const TALISMAN_POLICY: &str = "Talisman(app, content_security_policy={\"default-src\": \"'self'\", \"object-src\": \"'none'\", \
                               \"base-uri\": \"'self'\", \"form-action\": \"'self'\"})";
const HELMET: &str = "app.use(helmet())   (npm install helmet)";

/// What a fix is called in a framework, by the id of the rule.
pub(super) const FIXES: &[(&str, Framework, &str)] = &[
    ("session.cookie.secure", Flask, "SESSION_COOKIE_SECURE = True, and REMEMBER_COOKIE_SECURE for Flask-Login's"),
    ("session.cookie.secure", Django, "SESSION_COOKIE_SECURE = True"),
    ("session.cookie.secure", Express, "session({ …, cookie: { secure: true } }), and app.set(\"trust proxy\", 1)"),
    ("session.cookie.secure", Php, "session.cookie_secure = 1"),
    (
        "session.cookie.httponly",
        Flask,
        "SESSION_COOKIE_HTTPONLY = True, and REMEMBER_COOKIE_HTTPONLY for Flask-Login's",
    ),
    ("session.cookie.httponly", Django, "SESSION_COOKIE_HTTPONLY = True"),
    ("session.cookie.httponly", Express, "session({ …, cookie: { httpOnly: true } })"),
    ("session.cookie.httponly", Php, "session.cookie_httponly = 1"),
    (
        "session.cookie.samesite",
        Flask,
        "SESSION_COOKIE_SAMESITE = \"Lax\", and REMEMBER_COOKIE_SAMESITE for Flask-Login's",
    ),
    ("session.cookie.samesite", Django, "SESSION_COOKIE_SAMESITE = \"Lax\""),
    ("session.cookie.samesite", Express, "session({ …, cookie: { sameSite: \"lax\" } })"),
    ("session.cookie.samesite", Php, "session.cookie_samesite = Lax"),
    ("session.cookie.prefix", Flask, "SESSION_COOKIE_NAME = \"__Host-session\", and SESSION_COOKIE_SECURE = True"),
    ("session.cookie.prefix", Django, "SESSION_COOKIE_NAME = \"__Host-sessionid\", and SESSION_COOKIE_SECURE = True"),
    ("session.cookie.prefix", Express, "session({ …, name: \"__Host-sid\", cookie: { secure: true } })"),
    ("session.cookie.prefix", Php, "session.name = __Host-SID, and session.cookie_secure = 1"),
    (
        "session.cookie.lifetime",
        Flask,
        "PERMANENT_SESSION_LIFETIME = timedelta(days=7), and REMEMBER_COOKIE_DURATION for Flask-Login's",
    ),
    ("session.cookie.lifetime", Django, "SESSION_COOKIE_AGE = 7 * 24 * 60 * 60"),
    ("session.cookie.other-secure", Django, "CSRF_COOKIE_SECURE = True, LANGUAGE_COOKIE_SECURE = True"),
    ("csrf.form.token", Flask, CSRF_IN_FLASK),
    ("csrf.form.token", Express, CSRF_IN_EXPRESS),
    ("csrf.form.token", Django, CSRF_IN_DJANGO),
    ("csrf.request.cross-site", Flask, CSRF_IN_FLASK),
    ("csrf.request.cross-site", Express, CSRF_IN_EXPRESS),
    ("csrf.request.cross-site", Django, CSRF_IN_DJANGO),
    ("csrf.login", Flask, CSRF_IN_FLASK),
    ("csrf.login", Express, CSRF_IN_EXPRESS),
    ("csrf.login", Django, CSRF_IN_DJANGO),
    ("csrf.upload", Flask, CSRF_IN_FLASK),
    ("csrf.upload", Express, "doubleCsrfProtection before multer, and the token in the form's address"),
    ("csrf.upload", Django, CSRF_IN_DJANGO),
    ("csrf.method.get", Flask, "@app.post(…), or methods=[\"POST\"]; read request.form, not request.values"),
    ("csrf.method.get", Php, "read $_POST, not $_REQUEST"),
    ("headers.csp.present", Flask, TALISMAN),
    ("headers.csp.present", Django, "django-csp; from Django 6 on SECURE_CSP, with ContentSecurityPolicyMiddleware"),
    ("headers.csp.base-uri", Flask, TALISMAN_POLICY),
    ("headers.csp.form-action", Flask, TALISMAN_POLICY),
    ("headers.csp.present", Express, HELMET),
    ("headers.nosniff", Flask, TALISMAN),
    (
        "headers.nosniff",
        Django,
        "SECURE_CONTENT_TYPE_NOSNIFF = True, with SecurityMiddleware; for static files, in what serves them",
    ),
    ("headers.nosniff", Express, HELMET),
    ("headers.framing", Flask, TALISMAN),
    ("headers.framing", Django, "X_FRAME_OPTIONS = \"SAMEORIGIN\", with XFrameOptionsMiddleware"),
    ("headers.framing", Express, HELMET),
    ("headers.referrer-policy", Flask, TALISMAN),
    ("headers.referrer-policy", Express, HELMET),
    ("headers.coop", Express, HELMET),
    ("headers.corp", Express, HELMET),
    ("headers.disclosure", Express, "app.disable(\"x-powered-by\")"),
    ("headers.disclosure", Php, "expose_php = Off"),
    ("headers.coverage.errors", Flask, "set them in @app.after_request, which also sees errors"),
    ("transport.hsts.present", Flask, TALISMAN),
    ("transport.hsts.present", Django, "SECURE_HSTS_SECONDS = 31536000, with SecurityMiddleware"),
    ("transport.host.unknown", Flask, "app.config[\"TRUSTED_HOSTS\"] = [\"shop.example\"]"),
    ("transport.host.unknown", Django, "ALLOWED_HOSTS = [\"shop.example\"]"),
    ("upload.size.limit", Flask, "app.config[\"MAX_CONTENT_LENGTH\"] = 16 * 1024 * 1024"),
    ("upload.size.limit", Express, "multer({ …, limits: { fileSize: 16 * 1024 * 1024 } })"),
    ("upload.size.limit", Php, "post_max_size = 16M, and upload_max_filesize"),
    ("upload.name.traversal", Flask, "filename = secure_filename(file.filename)"),
];

impl Framework {
    /// Every framework.
    pub const ALL: [Self; 4] = [Flask, Django, Express, Php];

    /// Its own name.
    pub const fn name(self) -> &'static str {
        match self {
            Flask => "Flask",
            Django => "Django",
            Express => "Express",
            Php => "PHP",
        }
    }

    /// The one that a site shows. A guess: behind it may be another.
    pub(super) fn shown_by(observation: &Observation) -> Option<Self> {
        let shows = |name: &str, sign: &str| {
            let values = observation.responses.iter().flat_map(|seen| seen.headers.get_all(name));
            values.filter_map(|value| value.to_str().ok()).any(|value| value.starts_with(sign))
        };
        SIGNS.iter().find(|(_, name, sign)| shows(name, sign)).map(|(framework, ..)| *framework)
    }

    /// What the fix of a rule is called there.
    pub fn fix(self, id: &str) -> Option<&'static str> {
        FIXES.iter().find(|(of, framework, _)| *of == id && *framework == self).map(|(.., fix)| *fix)
    }
}
