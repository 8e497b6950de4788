//! Texts that say what a form does, and texts that only look so.

use http::Method;

use super::*;
use crate::audit::html::Page;

fn form(html: &str) -> PageForm {
    let page = Page::read(format!("<form method=post>{html}</form>").as_bytes());
    page.forms.into_iter().next().unwrap_or_else(|| panic!("{html}"))
}

fn labelled(label: &str, unasked: &str) -> PageForm {
    form(&format!("<input type=hidden name=do value='{unasked}'><button>{label}</button>"))
}

#[test]
fn what_costs_tells_or_ends_something_is_known_by_its_words() {
    for (address, label, unasked, expected) in [
        ("/pay", "Go", "", Some("pays")),
        ("/cart/buyNow", "Go", "", Some("pays")),
        ("/cart", "Place order", "", Some("pays")),
        ("/ask", "Send message", "", Some("writes")),
        ("/password/reset", "Next", "", Some("writes")),
        ("/accounts/sign_up", "Next", "", Some("account")),
        ("/messages", "Send", "", Some("writes")),
        ("/cart.php", "Continue", "checkout", Some("pays")),
        ("/jobs/7/kill", "Go", "", Some("ends")),
        ("/account/close", "Close", "", Some("ends")),
        ("/keys", "Revoke", "", Some("ends")),
        ("/scheduled/7", "Add to queue", "", Some("moves")),
        ("/index.php?title=Special:MovePage", "Seite verschieben", "", Some("moves")),
        ("/email", "Change e-mail", "", None),
        ("/profile", "Save", "", None),
        ("/display", "Reorder", "", None),
        ("/search?next=/pay", "Go", "", None),
        ("/cart/add", "Add to cart", "", None),
        ("/save", "Save", "Tm9-Buy-Ban-7f9c2ba4e88f827d", None),
    ] {
        let reason = reason(address, &labelled(label, unasked));
        assert_eq!(reason.is_some(), expected.is_some(), "{address} {label}: {reason:?}");
        assert!(reason.unwrap_or_default().contains(expected.unwrap_or_default()), "{address} {label}: {reason:?}");
    }
}

#[test]
fn a_button_beside_a_password_that_logs_in_does_no_more() {
    for (address, label, expected) in [
        ("/login", "Log in", None),
        ("/booking/login", "Sign in", None),
        ("/kasse/anmelden", "Anmelden", None),
        ("/commande", "Se connecter", None),
        ("/会员/订单", "登录", None),
        ("/login", "Sign in or register", Some("account")),
        ("/anmelden", "Anmelden oder registrieren", Some("account")),
        ("/newsletter", "Anmelden", None),
    ] {
        let with_password = format!("<input name=user><input type=password name=p><button>{label}</button>");
        let reason = reason(address, &form(&with_password));
        assert_eq!(reason.is_some(), expected.is_some(), "{address} {label}: {reason:?}");
    }
    assert!(reason("/newsletter", &labelled("Anmelden", "")).is_some_and(|why| why.contains("writes")));
}

/// A language, and words on its buttons and links: those that log out or delete, those that cost or tell something, those that do
/// no harm.
type Row = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const SAID: [Row; 14] = [
    (
        "english",
        &["Log out", "Sign off", "userLogout", "Delete account", "Remove"],
        &["Buy now", "Invite a friend", "Create account", "Cancel order"],
        &["Save", "Send", "Update profile", "Comment", "Search", "Login"],
    ),
    (
        "german",
        &["Abmelden", "Ausloggen", "Konto löschen", "loeschen", "Kontolöschung", "Entfernen"],
        &[
            "Jetzt kaufen",
            "Zahlungspflichtig bestellen",
            "Überweisung",
            "Passwort vergessen?",
            "Konto erstellen",
            "Kündigen",
        ],
        &["Speichern", "Absenden", "Ändern", "Kommentieren", "Suchen", "Ankündigung schreiben", "Übernehmen"],
    ),
    (
        "french",
        &["Déconnexion", "Se deconnecter", "Supprimer", "Se désabonner"],
        &[
            "Payer",
            "Commander",
            "Faire un don",
            "Mot de passe oublié",
            "Créer un compte",
            "Réinitialiser",
            "Envoyer un message",
        ],
        &["Enregistrer", "Envoyer", "Modifier", "Commenter", "Rechercher", "Se connecter"],
    ),
    (
        "spanish",
        &["Cerrar sesión", "Salir", "Eliminar", "Borrar", "Darse de baja"],
        &[
            "Pagar",
            "Comprar ahora",
            "Hacer un pedido",
            "Invitar",
            "Crear cuenta",
            "Cancelar",
            "¿Olvidaste tu contraseña?",
        ],
        &["Guardar", "Enviar", "Guardar borrador", "Actualizar", "Comentar", "Buscar"],
    ),
    (
        "portuguese",
        &["Sair", "Terminar sessão", "Excluir", "Apagar"],
        &["Pagamento", "Encomendar", "Convidar", "Esqueceu a senha?", "Criar conta", "Encerrar conta"],
        &["Salvar", "Guardar", "Enviar", "Atualizar", "Comentar", "Conteúdo exclusivo"],
    ),
    (
        "italian",
        &["Esci", "Disconnetti", "Elimina", "Cancella", "Rimuovi"],
        &["Acquista", "Paga ora", "Invita", "Registrati", "Annulla", "Svuota carrello"],
        &["Salva", "Invia", "Modifica", "Commenta", "Cerca", "Accedi"],
    ),
    (
        "dutch",
        &["Uitloggen", "Afmelden", "Verwijderen"],
        &["Betalen", "Bestelling plaatsen", "Uitnodigen", "Wachtwoord vergeten", "Account aanmaken", "Annuleren"],
        &["Opslaan", "Versturen", "Wijzigen", "Reageren", "Zoeken", "Boek toevoegen"],
    ),
    (
        "polish",
        &["Wyloguj się", "Usuń", "USUN", "Skasuj konto"],
        &["Zapłać", "Kup teraz", "Zamawiam", "Zaproś", "Zarejestruj się", "Anuluj", "Zapomniałem hasła"],
        &["Zapisz", "Wyślij", "Zmień", "Skomentuj", "Szukaj", "Zaloguj"],
    ),
    (
        "russian",
        &["Выйти", "Выход", "Удалить аккаунт", "Отписаться"],
        &["Оплатить", "Купить", "Оформить заказ", "Пригласить", "Зарегистрироваться", "Отменить", "Забыли пароль?"],
        &["Сохранить", "Отправить", "Изменить", "Комментировать", "Поиск", "Войти", "Ещё", "Оставить отзыв"],
    ),
    (
        "turkish",
        &["Çıkış", "ÇIKIŞ YAP", "Sil", "Hesabı sil", "Oturumu kapat"],
        &["Öde", "Satın al", "Siparişi onayla", "Davet et", "Kayıt ol", "İptal", "Şifremi unuttum"],
        &["Kaydet", "Gönder", "Değiştir", "Yorum yap", "Ara", "Giriş yap"],
    ),
    (
        "chinese",
        &["退出登录", "登出", "删除", "刪除帳號", "注销账户"],
        &["立即购买", "提交订单", "付款", "邀请好友", "注册", "取消", "获取验证码", "清空购物车"],
        &["保存", "提交", "发送", "修改", "评论", "搜索", "加入购物车", "登录"],
    ),
    (
        "japanese",
        &["ログアウト", "アカウントを削除する", "退会する"],
        &[
            "購入する",
            "注文を確定",
            "友達を招待",
            "会員登録",
            "キャンセル",
            "パスワードをお忘れの方",
            "メッセージを送る",
        ],
        &["保存", "登録する", "送信", "変更", "コメントする", "検索", "ログイン"],
    ),
    (
        "korean",
        &["로그아웃", "계정 삭제", "회원 탈퇴"],
        &["결제하기", "구매", "주문하기", "친구 초대", "회원가입", "취소", "비밀번호 찾기", "메시지 보내기"],
        &["저장", "전송", "보내기", "수정", "댓글", "검색", "로그인"],
    ),
    (
        "arabic",
        &["تسجيل الخروج", "خروج", "حذف", "إزالة"],
        &["الدفع", "شراء", "إتمام الطلب", "دعوة", "إنشاء حساب", "إلغاء", "نسيت كلمة المرور؟"],
        &["حفظ", "إرسال", "تعديل", "إضافة تعليق", "بحث", "تسجيل الدخول"],
    ),
];

#[test]
fn harmful_words_are_known_in_every_language_and_harmless_ones_are_not() {
    for (language, ending, costing, harmless) in SAID {
        for label in ending {
            assert!(label_ends_something(label), "{language}: {label}");
        }
        for label in costing {
            assert!(reason("/x", &labelled(label, "")).is_some(), "{language}: {label}");
        }
        for label in harmless {
            let why = reason("/x", &labelled(label, ""));
            assert_eq!((label_ends_something(label), why), (false, None), "{language}: {label}");
        }
    }
    assert_eq!(SAID.len(), LANGUAGES.len());
}

#[test]
fn addresses_that_log_out_or_delete_are_not_requested() {
    for (address, expected) in [
        ("/logout", true),
        ("/users/sign_out", true),
        ("/Account/LogOff", true),
        ("/doLogout.php?a=1", true),
        ("/index.php?action=logout", true),
        ("/posts/7/delete", true),
        ("/d%C3%A9connexion", true),
        ("/deconnexion", true),
        ("/konto/loeschen", true),
        ("/%E5%88%A0%E9%99%A4/7", true),
        ("/salir", true),
        ("/blog/log", false),
        ("/silver", false),
        ("/login", false),
        ("/suche", false),
        ("/%FF%FE", false),
    ] {
        assert_eq!(address_ends_something(address), expected, "{address}");
    }
}

#[test]
fn what_a_form_asks_for_says_what_it_is_for_in_any_language() {
    let name = "<input name=user>";
    let password = "<input type=password name=password>";
    for (what, html, expected) in [
        ("a login", format!("{name}{password}"), None),
        ("a login of a tenant", format!("<input name=tenant>{name}{password}"), None),
        ("a login by address", format!("<input type=email name=email>{password}"), None),
        ("settings", "<input type=email name=email><input name=name><input name=phone>".to_owned(), None),
        ("a card, for browsers", "<input name=n autocomplete='billing cc-number'>".to_owned(), Some("card")),
        ("a card", "<input name=card_number>".to_owned(), Some("card")),
        ("an account", "<input name='payout[iban]'>".to_owned(), Some("card")),
        ("a word with a card's end in it", "<input name=caravan>".to_owned(), None),
        ("a name and an address", format!("{name}<input type=email name=mail>{password}"), Some("account")),
        ("more", format!("{name}<input name=first><input name=last>{password}"), Some("account")),
        (
            "a password that is not set yet",
            format!("{name}<input type=password name=p autocomplete=new-password>"),
            Some("account"),
        ),
        (
            "a login that keeps browsers from filling it in",
            format!("{name}<input type=password name=p autocomplete=new-password><button>Log in</button>"),
            None,
        ),
    ] {
        let reason = reason("/x", &form(&html));
        assert_eq!(reason.is_some(), expected.is_some(), "{what}: {reason:?}");
        assert!(reason.unwrap_or_default().contains(expected.unwrap_or_default()), "{what}: {reason:?}");
    }
}

#[test]
fn a_form_goes_where_its_button_says() {
    let page = Page::read(
        b"<form method=get action=/a><button formaction=/b formmethod=post formenctype=multipart/form-data>x</button>
        <button formaction=/c>y</button></form>",
    );
    let [form] = page.forms.as_slice() else { panic!("{page:?}") };
    assert_eq!((form.action.as_str(), &form.method, form.multipart), ("/b", &Method::POST, true));
}
